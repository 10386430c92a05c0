//! `spec`.

use super::{
    metadata::REFERENCE,
    pods::UPDATE_STRATEGY,
    service::SERVICE_TEMPLATE,
    tls::TLS,
    topology::TOPOLOGY,
    volumes::{CLAIM_TEMPLATE, VOLUMES},
};
use crate::{
    manifest::{
        form::{List, OBJECT_NAME, TEXT},
        shape::{Mapping, Shape, field},
    },
    topology::IrisCluster,
};

pub(super) static SPEC: Shape<IrisCluster> = Shape {
    place: "spec",
    entries: &[
        &field(
            "configSource",
            REFERENCE,
            |cluster: &mut IrisCluster, name| cluster.config_source = Some(name),
            "A ConfigMap with `common.cpf`, `data.cpf`, `compute.cpf` and `CSP-merge.ini`, which are added to the \
             generated texts.",
        )
        .often_misplaced(),
        &field(
            "imagePullSecrets",
            List(REFERENCE),
            |cluster: &mut IrisCluster, names| cluster.image_pull_secrets = names,
            "Secrets to pull all images with.",
        ),
        &field(
            "licenseKeySecret",
            REFERENCE,
            |cluster: &mut IrisCluster, name| cluster.license_key_secret = Some(name),
            "A Secret whose key `iris.key` holds the license key.",
        )
        .often_misplaced(),
        &field(
            "passwordHash",
            TEXT,
            |cluster: &mut IrisCluster, hash| cluster.password_hash = Some(hash),
            "The hash of the password of the predefined users (IKO 2).",
        )
        .often_misplaced(),
        &field(
            "serviceTemplate",
            Mapping(&SERVICE_TEMPLATE),
            |cluster: &mut IrisCluster, template| cluster.service_template = Some(template),
            "Additions to the Services that face users.",
        )
        .often_misplaced(),
        &field(
            "storageClassName",
            OBJECT_NAME,
            |cluster: &mut IrisCluster, name| cluster.storage_class_name = Some(name),
            "The StorageClass of predefined volumes that name none.",
        )
        .often_misplaced(),
        &field(
            "tls",
            Mapping(&TLS),
            |cluster: &mut IrisCluster, tls| cluster.tls = tls,
            "Volumes with certificates, for each kind of connection.",
        )
        .often_misplaced(),
        &field(
            "topology",
            Mapping(&TOPOLOGY),
            |cluster: &mut IrisCluster, topology| cluster.topology = topology,
            "The nodes of the cluster.",
        )
        .required()
        .often_misplaced(),
        &field(
            "updateStrategy",
            UPDATE_STRATEGY,
            |cluster: &mut IrisCluster, strategy| cluster.update_strategy = Some(strategy),
            "How pods are updated to a new revision, for nodes that do not set it themselves.",
        ),
        &field(
            "volumeClaimTemplates",
            List(CLAIM_TEMPLATE),
            |cluster: &mut IrisCluster, templates| cluster.volume_claim_templates = templates,
            "Further volumes of each pod that mounts them, made from claims.",
        )
        .often_misplaced(),
        &field(
            "volumes",
            VOLUMES,
            |cluster: &mut IrisCluster, volumes| cluster.volumes = volumes,
            "Further volumes of the pods that mount them.",
        )
        .often_misplaced(),
    ],
};
