//! `podTemplate`, `serviceTemplate` and claim templates: kmodules' offshoot types, which IKO takes.

use crate::diagnostic::DiagnosticId;
use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    embedded::{CLAIM_SPEC, CONTAINER, POD_SPEC, SERVICE_SPEC, Type, without_nulls},
    reader::{Field, Fields, Reader},
};
use crate::topology::{ClaimTemplate, PodTemplate, ServiceTemplate, UpdateStrategy};

/// The fields of `podTemplate.spec` and their types.
const POD_FIELDS: [(&str, Type); 19] = [
    ("affinity", Type::FieldOf(POD_SPEC, "affinity")),
    ("args", Type::FieldOf(CONTAINER, "args")),
    ("dnsConfig", Type::FieldOf(POD_SPEC, "dnsConfig")),
    ("dnsPolicy", Type::FieldOf(POD_SPEC, "dnsPolicy")),
    ("env", Type::FieldOf(CONTAINER, "env")),
    ("imagePullSecrets", Type::FieldOf(POD_SPEC, "imagePullSecrets")),
    ("initContainers", Type::FieldOf(POD_SPEC, "initContainers")),
    ("lifecycle", Type::FieldOf(CONTAINER, "lifecycle")),
    ("livenessProbe", Type::FieldOf(CONTAINER, "livenessProbe")),
    ("nodeSelector", Type::FieldOf(POD_SPEC, "nodeSelector")),
    ("priority", Type::FieldOf(POD_SPEC, "priority")),
    ("priorityClassName", Type::FieldOf(POD_SPEC, "priorityClassName")),
    ("readinessProbe", Type::FieldOf(CONTAINER, "readinessProbe")),
    ("resources", Type::FieldOf(CONTAINER, "resources")),
    ("schedulerName", Type::FieldOf(POD_SPEC, "schedulerName")),
    ("securityContext", Type::FieldOf(POD_SPEC, "securityContext")),
    ("serviceAccountName", Type::FieldOf(POD_SPEC, "serviceAccountName")),
    ("terminationGracePeriodSeconds", Type::FieldOf(POD_SPEC, "terminationGracePeriodSeconds")),
    ("tolerations", Type::FieldOf(POD_SPEC, "tolerations")),
];

/// The fields of `serviceTemplate.spec` and their types.
const SERVICE_FIELDS: [(&str, Type); 9] = [
    ("clusterIP", Type::FieldOf(SERVICE_SPEC, "clusterIP")),
    ("externalIPs", Type::FieldOf(SERVICE_SPEC, "externalIPs")),
    ("externalTrafficPolicy", Type::FieldOf(SERVICE_SPEC, "externalTrafficPolicy")),
    ("healthCheckNodePort", Type::FieldOf(SERVICE_SPEC, "healthCheckNodePort")),
    ("loadBalancerIP", Type::FieldOf(SERVICE_SPEC, "loadBalancerIP")),
    ("loadBalancerSourceRanges", Type::FieldOf(SERVICE_SPEC, "loadBalancerSourceRanges")),
    ("ports", Type::ServicePorts),
    ("sessionAffinityConfig", Type::FieldOf(SERVICE_SPEC, "sessionAffinityConfig")),
    ("type", Type::Word(&["ClusterIP", "NodePort", "LoadBalancer"])),
];

impl Reader<'_> {
    /// The entry `podTemplate` of a node.
    pub(super) fn pod_template(&mut self, node: &Fields<'_>) -> PodTemplate {
        let mut found = PodTemplate::default();
        let Some(field) = node.get("podTemplate") else { return found };
        let Some(fields) = self.fields(&field, &["controller", "metadata", "spec"]) else { return found };
        (found.labels, found.annotations) = self.metadata(&fields, "metadata");
        (found.controller_labels, found.controller_annotations) = self.metadata(&fields, "controller");
        if let Some(spec) = fields.get("spec") {
            found.spec = self.typed(&spec, &POD_FIELDS);
        }
        found
    }

    /// The entry `serviceTemplate` of `spec`.
    pub(super) fn service_template(&mut self, spec: &Fields<'_>) -> Option<ServiceTemplate> {
        let field = spec.get("serviceTemplate")?;
        let fields = self.fields(&field, &["metadata", "spec"])?;
        let (labels, annotations) = self.metadata(&fields, "metadata");
        let spec = fields.get("spec").map(|spec| self.typed(&spec, &SERVICE_FIELDS)).unwrap_or_default();
        Some(ServiceTemplate { labels, annotations, spec })
    }

    /// Labels and annotations of a template.
    fn metadata(&mut self, template: &Fields<'_>, name: &str) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
        let Some(field) = template.get(name) else { return Default::default() };
        let Some(fields) = self.fields(&field, &["annotations", "labels"]) else { return Default::default() };
        (self.foreign_labels(&fields), self.annotations(&fields))
    }

    /// The known fields of a template's `spec`, each checked against its type.
    fn typed(&mut self, spec: &Field<'_>, types: &[(&str, Type)]) -> BTreeMap<String, Value> {
        let known: Vec<&str> = types.iter().map(|(name, _)| *name).collect();
        let Some(fields) = self.fields(spec, &known) else { return BTreeMap::new() };
        let mut found = BTreeMap::new();
        for (name, of) in types {
            if let Some(field) = fields.get(name) {
                self.check_type(&field, *of);
                found.insert((*name).to_owned(), without_nulls(field.node.to_value()));
            }
        }
        found
    }

    /// One of `spec.volumeClaimTemplates`.
    pub(super) fn claim_template(&mut self, item: &Field<'_>) -> Option<ClaimTemplate> {
        let fields = self.fields(item, &["apiVersion", "kind", "metadata", "spec"])?;
        for (name, expected) in [("apiVersion", "v1"), ("kind", "PersistentVolumeClaim")] {
            if let Some(field) = fields.get(name) {
                self.choice(&field, &[(expected, ())]);
            }
        }
        let metadata = self.required(&fields, "metadata")?;
        let metadata = self.fields(&metadata, &["annotations", "labels", "name"])?;
        let name = self.required(&metadata, "name").and_then(|name| self.short_name(&name))?;
        let labels = self.foreign_labels(&metadata);
        let annotations = self.annotations(&metadata);
        let spec = self.required(&fields, "spec")?;
        self.check_type(&spec, CLAIM_SPEC);
        Some(ClaimTemplate { name, labels, annotations, spec: without_nulls(spec.node.to_value()) })
    }

    /// The entry `updateStrategy` of `spec` or a node.
    pub(super) fn update_strategy(&mut self, parent: &Fields<'_>) -> Option<UpdateStrategy> {
        let field = parent.get("updateStrategy")?;
        if field.node.as_str().is_some() {
            let message = format!("`{}` must be a mapping with `type`, not a string", field.path);
            self.error(DiagnosticId::WrongType, &field, message, "write {type: RollingUpdate} or {type: OnDelete}");
            return None;
        }
        let fields = self.fields(&field, &["type"])?;
        let kind = self.required(&fields, "type")?;
        self.choice(&kind, &[("RollingUpdate", UpdateStrategy::RollingUpdate), ("OnDelete", UpdateStrategy::OnDelete)])
    }
}
