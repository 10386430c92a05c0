//! One document → `IrisCluster`.

use super::{
    embedded::{POD_SPEC, Type, without_nulls},
    reader::{self, Field, Fields, Reader},
    suggest, syntax,
    yaml::Node,
};
use crate::diagnostic::{Diagnostic, DiagnosticId};
use crate::topology::{IrisCluster, Tls};

/// The annotation that names the labeler's image.
const LABELER_IMAGE: &str = "iriskit/labeler-image";
/// The longest name of a StatefulSet that leaves its pods room for the revision in a label of 63 characters.
pub(super) const LONGEST_SET: usize = 52;
/// Metadata that a server writes; people paste it from `kubectl get -o yaml`.
pub(super) const SERVER_METADATA: [&str; 8] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

impl Reader<'_> {
    /// Reads an `IrisCluster`. `None` when not even its name is known.
    pub(super) fn cluster(&mut self, root: &Node, default_namespace: &str) -> Option<IrisCluster> {
        let document = Field { path: String::new(), key: None, node: root };
        let fields = self.fields(&document, &["apiVersion", "kind", "metadata", "spec", "status"])?;
        if let Some(status) = fields.get("status") {
            self.written_by_server(&status);
        }
        let metadata = self.required(&fields, "metadata").and_then(|field| self.cluster_metadata(&field));
        let mut cluster = IrisCluster { sources: reader::sources(root, self.input), ..IrisCluster::default() };
        if let Some(spec) = self.required(&fields, "spec") {
            self.spec(&spec, &mut cluster);
        }
        let metadata = metadata?;
        cluster.namespace = match metadata.get("namespace") {
            Some(field) => self.short_name(&field)?,
            None => default_namespace.to_owned(),
        };
        cluster.labels = self.labels(&metadata);
        cluster.annotations = self.annotations(&metadata);
        self.own_annotations(&metadata);
        let name = self.required(&metadata, "name")?;
        cluster.name = self.text(&name)?;
        self.cluster_name(&name, &cluster);
        Some(cluster)
    }

    fn cluster_metadata<'n>(&mut self, field: &Field<'n>) -> Option<Fields<'n>> {
        let known = ["annotations", "labels", "name", "namespace"];
        let fields = self.fields_but(field, &known, &SERVER_METADATA)?;
        for name in SERVER_METADATA {
            if let Some(field) = fields.get(name) {
                self.written_by_server(&field);
            }
        }
        Some(fields)
    }

    /// What a server writes is left out, and said.
    pub(super) fn written_by_server(&mut self, field: &Field<'_>) {
        let position = self.position(field.span());
        let message = format!("`{}` is written by a server and ignored here", field.path);
        self.report(Diagnostic::warning(DiagnosticId::NoEffect, message).at(Some(&position), "remove it"));
    }

    /// A mistyped annotation of ours would do nothing.
    fn own_annotations(&mut self, metadata: &Fields<'_>) {
        let Some(field) = metadata.get("annotations") else { return };
        for (key, node) in field.node.entries().unwrap_or_default() {
            if key.name == LABELER_IMAGE
                && let Some(text) = node.as_str()
                && let Some(problem) = syntax::image(text)
            {
                let value = Field { path: format!("metadata.annotations.{LABELER_IMAGE}"), key: Some(key), node };
                self.error(DiagnosticId::BadImage, &value, format!("`{text}` is not an image reference"), &problem);
            }
            if key.name.starts_with("iriskit/") && key.name != LABELER_IMAGE {
                let label = suggest::closest(&key.name, &[LABELER_IMAGE]).map(|word| format!("did you mean `{word}`?"));
                let position = self.position(&key.span);
                let message = format!("`{}` is no annotation of iriskit", key.name);
                self.report(
                    Diagnostic::error(DiagnosticId::UnknownAnnotation, message)
                        .at(Some(&position), label.unwrap_or_default()),
                );
            }
        }
    }

    /// The cluster's name is a Service's name, and with `-webgateway` and the like a StatefulSet's, which may
    /// have 52 characters: its pods carry the label `controller-revision-hash`, NAME-HASH, of at most 63.
    fn cluster_name(&mut self, field: &Field<'_>, cluster: &IrisCluster) {
        if let Some(problem) = syntax::service_name(&cluster.name) {
            self.bad_name(field, &cluster.name, &problem);
            return;
        }
        let topology = &cluster.topology;
        let last_shard = topology.data.shards.unwrap_or(1).saturating_sub(1);
        let data = if topology.data.mirrored { format!("-data-{last_shard}") } else { "-data".to_owned() };
        let longest = [
            Some(data),
            topology.arbiter.as_ref().map(|_| "-arbiter".to_owned()),
            topology.compute.as_ref().map(|_| "-compute".to_owned()),
            topology.webgateway.as_ref().map(|_| "-webgateway".to_owned()),
        ]
        .into_iter()
        .flatten()
        .max_by_key(String::len)
        .unwrap_or_default();
        let length = cluster.name.len() + longest.len();
        if length > LONGEST_SET {
            let (name, over) = (&cluster.name, length - LONGEST_SET);
            let problem = format!("too long by {over}: StatefulSet {name}{longest} may have {LONGEST_SET} characters");
            self.bad_name(field, name, &problem);
        }
    }

    fn spec(&mut self, field: &Field<'_>, cluster: &mut IrisCluster) {
        let known = [
            "configSource",
            "imagePullSecrets",
            "licenseKeySecret",
            "passwordHash",
            "serviceTemplate",
            "storageClassName",
            "tls",
            "topology",
            "updateStrategy",
            "volumeClaimTemplates",
            "volumes",
        ];
        let Some(fields) = self.fields(field, &known) else { return };
        cluster.license_key_secret = fields.get("licenseKeySecret").and_then(|field| self.reference(&field));
        cluster.config_source = fields.get("configSource").and_then(|field| self.reference(&field));
        if let Some(field) = fields.get("imagePullSecrets") {
            let items = self.list(&field);
            cluster.image_pull_secrets = items.iter().filter_map(|item| self.reference(item)).collect();
        }
        cluster.password_hash = fields.get("passwordHash").and_then(|field| self.text(&field));
        cluster.storage_class_name = fields.get("storageClassName").and_then(|field| self.object_name(&field));
        cluster.update_strategy = self.update_strategy(&fields);
        cluster.service_template = self.service_template(&fields);
        if let Some(field) = fields.get("volumeClaimTemplates") {
            let items = self.list(&field);
            cluster.volume_claim_templates = items.iter().filter_map(|item| self.claim_template(item)).collect();
        }
        if let Some(field) = fields.get("volumes") {
            self.check_type(&field, Type::FieldOf(POD_SPEC, "volumes"));
            let volumes = field.node.items().unwrap_or_default().iter();
            cluster.volumes = volumes.map(|volume| without_nulls(volume.to_value())).collect();
        }
        if let Some(field) = fields.get("tls") {
            cluster.tls = self.tls(&field);
        }
        if let Some(topology) = self.required(&fields, "topology").and_then(|field| self.topology(&field)) {
            cluster.topology = topology;
        }
    }

    fn tls(&mut self, field: &Field<'_>) -> Tls {
        let Some(fields) = self.fields(field, &["common", "ecp", "mirror", "superserver", "webgateway"]) else {
            return Tls::default();
        };
        let mut source = |name| {
            let field = fields.get(name)?;
            self.check_type(&field, Type::VolumeSource);
            Some(without_nulls(field.node.to_value()))
        };
        Tls {
            common: source("common"),
            mirror: source("mirror"),
            webgateway: source("webgateway"),
            superserver: source("superserver"),
            ecp: source("ecp"),
        }
    }
}
