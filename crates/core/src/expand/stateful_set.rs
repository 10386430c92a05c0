//! The StatefulSet around a pod template.

use iriskit_state::plan::{Component, Stage};
use serde_json::{Value, json};

use super::{
    Desired, Rolling,
    labels::{self, Labels},
    names,
    object::{self, STATEFUL_SET, object},
    pod::{NodePods, Pod},
    storage,
};
use crate::{
    diagnostic::Diagnostic,
    topology::{IrisCluster, UpdateStrategy},
};

/// Everything about a StatefulSet but its pod.
pub(super) struct Set {
    /// Its name.
    pub(super) name: String,
    /// What it belongs to.
    pub(super) place: (Stage, Component),
    /// How many pods.
    pub(super) replicas: u32,
    /// Whether it is a mirror.
    pub(super) mirrored: bool,
    /// Its claim templates.
    pub(super) claims: Vec<Value>,
}

impl Set {
    /// The object, with its pods made from `pod` and what the manifest says of them.
    pub(super) fn desired(
        self,
        cluster: &IrisCluster,
        pod: Pod,
        node: &NodePods<'_>,
        found: &mut Vec<Diagnostic>,
    ) -> Desired {
        let selector: Labels = pod.labels.clone();
        let position = cluster.sources.nearest(&format!("{}.podTemplate.controller.labels", node.path));
        let own_labels = labels::merged(&selector, &node.pods.template.controller_labels, position, found);
        let template = pod.template(cluster, node, found);
        let strategy = node.pods.update_strategy.or(cluster.update_strategy).unwrap_or(UpdateStrategy::RollingUpdate);
        // Mirror members are never rolled by Kubernetes: it goes by ordinal, not by role. The server refuses a later
        // switch to OnDelete unless the type was declared from the first apply.
        let (kind, rolling) = match (self.mirrored, strategy) {
            (true, UpdateStrategy::RollingUpdate) => ("OnDelete", Rolling::ByRole),
            (false, UpdateStrategy::RollingUpdate) => ("RollingUpdate", Rolling::Kubernetes),
            (_, UpdateStrategy::OnDelete) => ("OnDelete", Rolling::ReportOnly),
        };
        let about = self.about();
        let mut body = json!({"spec": {
            "serviceName": names::HEADLESS,
            "replicas": self.replicas,
            "podManagementPolicy": "OrderedReady",
            "updateStrategy": {"type": kind},
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
            "selector": {"matchLabels": selector},
            "template": template,
        }});
        let holds_data = !self.claims.is_empty();
        if let (Some(Value::Object(spec)), true) = (body.get_mut("spec"), holds_data) {
            spec.insert("volumeClaimTemplates".into(), self.claims.into());
        }
        let mut desired = object(cluster, STATEFUL_SET, &self.name, &own_labels, body, self.place);
        object::annotate(&mut desired.value, &node.pods.template.controller_annotations);
        desired.depends_on.push(object::reference(cluster, object::SERVICE, names::HEADLESS));
        desired.rolling = rolling;
        desired.holds_data = holds_data;
        desired.mirrored = self.mirrored;
        desired.about = about;
        desired.source = cluster.sources.nearest(node.path).cloned();
        desired
    }

    /// `2 pods: c-data-0-0 first, then c-data-0-1; 8 volumes, 16Gi`.
    fn about(&self) -> String {
        let pods = match self.replicas {
            1 => "1 pod".to_owned(),
            2 if !self.claims.is_empty() => format!("2 pods: {0}-0 first, then {0}-1", self.name),
            count if count > 2 && !self.claims.is_empty() => {
                format!("{count} pods, one by one: {0}-0 to {0}-{1}", self.name, count - 1)
            }
            count => format!("{count} pods"),
        };
        if self.claims.is_empty() || self.replicas == 0 {
            return pods;
        }
        format!("{pods}; {}", storage::about(&self.claims, self.replicas))
    }
}
