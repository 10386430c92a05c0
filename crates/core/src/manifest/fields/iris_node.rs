//! What data and compute nodes share: each of their pods runs an IRIS instance.

use super::{
    gateway::SIDECAR,
    pods::PODS,
    volumes::{CLAIM_SPEC, VOLUME_MOUNTS},
};
use crate::{
    manifest::{
        description::ValueType,
        form::{IMAGE, Simple},
        shape::{Mapping, Shape, Shared, field},
    },
    topology::{Dialect, IrisNode, ReleaseVersion, Storage},
};
use iriskit_state::plan::DiagnosticId;

pub(super) static IRIS_NODE: Shape<IrisNode> = Shape {
    place: "",
    entries: &[
        &field("image", IMAGE, |node: &mut IrisNode, image| node.image = image, "The IRIS image.").required(),
        &field(
            "compatibilityVersion",
            RELEASE,
            |node: &mut IrisNode, version| node.compatibility_version = Some(version),
            "The release of InterSystems IRIS whose CPF text is made; without it, that of 2023.1 and newer.",
        )
        .not_yet_if("the CPF text of releases before 2023.1", |version| Dialect::of(Some(version)) == Dialect::Iko33),
        &Shared { shape: &PODS, part: |node: &mut IrisNode| &mut node.pods },
        &Shared { shape: &STORAGE, part: |node: &mut IrisNode| &mut node.storage },
        &field(
            "volumeMounts",
            VOLUME_MOUNTS,
            |node: &mut IrisNode, mounts| node.volume_mounts = mounts,
            "Where the container `iris` mounts volumes of `spec.volumes` and `spec.volumeClaimTemplates`.",
        ),
        &field(
            "webgateway",
            Mapping(&SIDECAR),
            |node: &mut IrisNode, gateway| node.webgateway = Some(gateway),
            "A web gateway in each pod, beside the instance.",
        ),
    ],
};

/// The predefined volumes.
static STORAGE: Shape<Storage> = Shape {
    place: "",
    entries: &[
        &field(
            "storage",
            CLAIM_SPEC,
            |storage: &mut Storage, claim| storage.single = Some(claim),
            "One volume for everything, in place of the four (IKO 2.0).",
        ),
        &field(
            "storageDB",
            CLAIM_SPEC,
            |storage: &mut Storage, claim| storage.db = Some(claim),
            "The volume of the durable directory.",
        ),
        &field(
            "storageJournal1",
            CLAIM_SPEC,
            |storage: &mut Storage, claim| storage.journal1 = Some(claim),
            "The volume of the journal directory.",
        ),
        &field(
            "storageJournal2",
            CLAIM_SPEC,
            |storage: &mut Storage, claim| storage.journal2 = Some(claim),
            "The volume of the alternate journal directory.",
        ),
        &field(
            "storageWIJ",
            CLAIM_SPEC,
            |storage: &mut Storage, claim| storage.wij = Some(claim),
            "The volume of the write image journal.",
        ),
    ],
};

const RELEASE: Simple<ReleaseVersion> = Simple {
    value_type: || ValueType::Text("a release of InterSystems IRIS"),
    read: |reader, field| {
        let text = reader.text(field)?;
        let version = ReleaseVersion::parse(&text);
        if version.is_none() {
            let message = format!("`{text}` is not a release of InterSystems IRIS");
            reader.error(DiagnosticId::BadValue, field, message, "write a release as \"2023.3\" or \"2024.1.0\"");
        }
        version
    },
};
