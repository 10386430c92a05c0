//! What the tests of this room are made of: a cluster `c` in namespace `n`, and a server that agrees.

use iriskit_state::{
    plan::{ClusterIdentity, Component, Operation, OwnershipPolicy, Plan, ResourceChange, Severity, Stage},
    record::{Record, RecordedObject},
};
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    expand::{Desired, Ownership, Rolling},
    plan::{
        agreement::{
            Unsaid,
            consequences::{Now, unsaid},
        },
        changes::{
            dry_run::DryRun,
            examine::{Examined, OwnerInput, examine, full_body, merge},
            local_prediction::overlay,
        },
        draft::{
            assemble::assemble,
            frame::{Frame, Stamp},
        },
        live::Live,
        ownership::{applyset, policy::Policy},
        secret_values::SecretValues,
    },
};
use iriskit_kubernetes::schema::{FieldSet, Kind, ObjectRef, table};

pub(crate) fn kind_of(object: &ObjectRef) -> &'static Kind {
    table().kind(&object.api_version, &object.kind).unwrap()
}

pub(crate) fn desired(stage: Stage, component: Component, value: Value) -> Desired {
    Desired {
        object: ObjectRef::of(&value).unwrap(),
        stage,
        component,
        depends_on: vec![],
        ownership: Ownership::Owned,
        rolling: Rolling::Kubernetes,
        holds_data: false,
        mirrored: false,
        about: String::new(),
        source: None,
        value,
    }
}

pub(crate) fn config_map(name: &str, data: &Value) -> Desired {
    let value =
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "n"}, "data": data});
    desired(Stage::Data, Component::Data, value)
}

/// A mirrored data StatefulSet.
pub(crate) fn pair(image: &str) -> Desired {
    let value = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "c-data-0", "namespace": "n"},
        "spec": {"replicas": 2, "serviceName": "iris-svc", "updateStrategy": {"type": "OnDelete"},
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "iris", "image": image}]}},
            "volumeClaimTemplates": [{"metadata": {"name": "iris-data"},
                "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}}}]}});
    Desired {
        rolling: Rolling::ByRole,
        holds_data: true,
        mirrored: true,
        ..desired(Stage::Data, Component::Data, value)
    }
}

pub(crate) fn owner(desired: Vec<Desired>) -> OwnerInput {
    OwnerInput {
        namespace: "n".into(),
        name: "c".into(),
        summary: "one".into(),
        source: None,
        record: None,
        planned_from: None,
        desired,
    }
}

/// The live object after `desired` was applied.
pub(crate) fn applied(desired: &Desired) -> Value {
    let mut live = full_body(&owner(vec![]), desired);
    let fields = FieldSet::of(kind_of(&desired.object), &live).unwrap().to_fields_v1();
    let metadata = live["metadata"].as_object_mut().unwrap();
    metadata.insert("uid".into(), json!(format!("uid-{}", desired.object.name)));
    metadata.insert("resourceVersion".into(), json!("7"));
    metadata.insert(
        "managedFields".into(),
        json!([{"manager": "iriskit", "operation": "Apply", "apiVersion": desired.object.api_version,
            "time": "2026-01-01T00:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": fields}]),
    );
    if desired.object.kind == "StatefulSet" {
        let count = &live["spec"]["replicas"];
        live["status"] = json!({"updateRevision": "new", "replicas": count, "readyReplicas": count,
            "availableReplicas": count, "updatedReplicas": count});
    }
    live
}

/// A ready pod of `c-data-0`.
pub(crate) fn pod(ordinal: u32, revision: &str, role: Option<&str>, reports: bool) -> Value {
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("c-data-0-{ordinal}"), "namespace": "n",
        "uid": format!("pod-{ordinal}"), "labels": {"controller-revision-hash": revision},
        "ownerReferences": [{"uid": "uid-c-data-0", "controller": true}]},
        "spec": {"volumes": [{"name": "iris-data",
            "persistentVolumeClaim": {"claimName": format!("iris-data-c-data-0-{ordinal}")}}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}});
    pod["metadata"]["labels"]["a"] = json!("b");
    if let Some(role) = role {
        pod["metadata"]["labels"]["intersystems.com/mirrorRole"] = json!(role);
    }
    if reports {
        pod["metadata"]["annotations"] = json!({"iriskit/mirror-status": "{}"});
    }
    pod
}

pub(crate) fn live(objects: impl IntoIterator<Item = Value>) -> Live {
    let mut live = Live::default();
    objects.into_iter().for_each(|object| live.insert(object));
    live
}

/// A server that takes everything.
pub(crate) fn agreeing(examined: &[Examined], live: &Live) -> BTreeMap<ObjectRef, DryRun> {
    let answer = |examined: &Examined| {
        let object = &examined.desired.object;
        let after = match live.get(object) {
            // The server is asked about what the take-over leads to.
            Some(_) if examined.take_over.is_some() => examined.take_over.as_ref().unwrap().object.clone(),
            Some(found) => {
                let mut after = overlay(kind_of(object), found, &examined.body);
                let fields = FieldSet::of(kind_of(object), &examined.body).unwrap().to_fields_v1();
                after["metadata"]["managedFields"][0]["fieldsV1"] = fields;
                after
            }
            None => examined.body.clone(),
        };
        (object.clone(), DryRun::Accepted { object: after, warnings: vec![] })
    };
    examined.iter().filter(|examined| examined.needs_server()).map(answer).collect()
}

pub(crate) fn frame() -> Frame {
    Frame {
        stamp: Stamp {
            id: "0".repeat(32),
            created_at: "2026-01-01T00:00:00Z".into(),
            expires_at: "2026-01-02T00:00:00Z".into(),
            iriskit_version: "0".into(),
        },
        operation: Operation::Apply,
        cluster: ClusterIdentity {
            context: "test".into(),
            server: "x".into(),
            ca_sha256: None,
            user: None,
            namespaces: BTreeMap::new(),
        },
        sources: vec![],
        namespace: "n".into(),
        labeler_image: None,
        ownership: OwnershipPolicy::default(),
        references: vec![],
        notes: vec![],
        rollout: crate::plan::Rollout::default(),
        fingerprints: true,
    }
}

/// A plan, and what there is besides it when it is applied.
pub(crate) struct Made {
    pub(crate) plan: Plan,
    answers: BTreeMap<String, Value>,
    secret_values: SecretValues,
    records: BTreeMap<String, Record>,
}

impl Made {
    /// Plans `owner` against `live` with an agreeing server.
    pub(crate) fn of(owner: OwnerInput, live: &Live, policy: &Policy, rollout: crate::plan::Rollout) -> Self {
        let (examined, owners) = merge(vec![examine(owner, live, policy)]);
        let answers = agreeing(&examined, live);
        let plan = assemble(Frame { rollout, ..frame() }, &owners, &examined, &answers, live);
        let mut secret_values = SecretValues::default();
        let mut stored = BTreeMap::new();
        for examined in &examined {
            let object = &examined.desired.object;
            secret_values.remember(&object.address(), &examined.body);
            // Before an apply nobody is asked about the second of two writes.
            if let Some(DryRun::Accepted { object: answer, .. }) = answers.get(object)
                && examined.take_over.is_none()
            {
                stored.insert(object.address(), answer.clone());
            }
        }
        let records = owners.iter().filter_map(|owner| Some((owner.id(), owner.record.clone()?))).collect();
        Self { plan, answers: stored, secret_values, records }
    }

    /// A destroy, of which no answer and no value is needed.
    pub(crate) fn destroying(plan: Plan) -> Self {
        let (answers, secret_values, records) = Default::default();
        Self { plan, answers, secret_values, records }
    }

    /// What `plan`, which is this one or one that somebody made of it, does not say of what it would do to `live`.
    pub(crate) fn unsaid(&self, plan: &Plan, live: &Live) -> Unsaid {
        let (answers, secret_values) = (&self.answers, &self.secret_values);
        unsaid(plan, &Now { live, records: self.records.clone(), answers, secret_values })
    }
}

/// Plans `desired` against `live` with an agreeing server.
pub(crate) fn plan(owner: OwnerInput, live: &Live) -> Plan {
    plan_with(owner, live, crate::plan::Rollout::default())
}

/// The same, with wishes about restarts.
pub(crate) fn plan_with(owner: OwnerInput, live: &Live, rollout: crate::plan::Rollout) -> Plan {
    let made = Made::of(owner, live, &Policy::default(), rollout);
    // An arbiter of these tests has no label that says so.
    let judged = made.plan.resource_changes.iter().all(|change| change.component != Component::Arbiter);
    if judged && made.plan.notes.iter().all(|note| note.severity != Severity::Error) {
        assert_eq!(made.unsaid(&made.plan, live), Unsaid::default(), "what is planned is not all that is predicted");
    }
    made.plan
}

pub(crate) fn change<'a>(plan: &'a Plan, address: &str) -> &'a ResourceChange {
    plan.resource_changes.iter().find(|change| change.address == address).unwrap()
}

pub(crate) fn allowances(plan: &Plan) -> Vec<&str> {
    plan.allowances.iter().map(|allowance| allowance.name.as_str()).collect()
}

pub(crate) fn note_ids(plan: &Plan) -> Vec<&str> {
    plan.notes.iter().map(|note| note.id.as_str()).collect()
}

pub(crate) fn record_of(objects: &[&Value]) -> Record {
    let mut record = Record::empty();
    for object in objects {
        let reference = ObjectRef::of(object).unwrap();
        record.objects.push(RecordedObject {
            api_version: reference.api_version,
            kind: reference.kind,
            namespace: reference.namespace,
            name: reference.name,
            uid: object["metadata"]["uid"].as_str().map(Into::into),
        });
    }
    record
}

#[test]
fn an_id_of_membership_is_on_what_is_applied() {
    let live = applied(&config_map("m", &json!({"a": "1"})));
    assert_eq!(live["metadata"]["labels"][applyset::PART_OF], json!(applyset::id("n", "c")));
}
