//! What the record keeps of parameters that wait for a restart. Pure.

use iriskit_state::{
    plan::{ParameterChange, Plan, ResourceChange, TakesEffect},
    record::{Pending, Record},
};
use serde_json::Value;

use iriskit_core::plan::{OwnerName, active, mounts_config_map, reader_restarts};
use iriskit_kubernetes::views::Object;

/// The changes of an owner's texts with parameters that wait.
fn waiting<'a>(plan: &'a Plan, owner: &OwnerName) -> impl Iterator<Item = (&'a ResourceChange, &'a ParameterChange)> {
    let id = owner.id();
    let ours = active(plan).filter(move |change| change.owner == id);
    ours.flat_map(|change| change.impact.parameters.iter().map(move |parameter| (change, parameter)))
        .filter(|(_, parameter)| parameter.takes_effect == TakesEffect::NextRestart || parameter.removed)
}

/// Whether what runs has to be known before the plan is begun.
pub(in crate::apply) fn asks_for_pods(plan: &Plan) -> bool {
    let mut parameters = active(plan).flat_map(|change| &change.impact.parameters);
    parameters.any(|parameter| parameter.takes_effect == TakesEffect::NextRestart)
}

/// Writes down, before a text is written, with which values the pods that run have started. What was written down
/// earlier stands: it is what they have loaded. Whether the text is then written is seen in the text itself.
pub(super) fn begin(record: &Record, plan: &Plan, owner: &OwnerName, pods: &[&Value], at: &str) -> Record {
    let mut record = record.clone();
    for (change, parameter) in waiting(plan, owner) {
        if parameter.removed {
            // Its last value was merged and is loaded at the next start, though the text no longer has it.
            let before = &parameter.before;
            let known = record.pending.iter_mut().filter(|known| is_about(known, change, parameter));
            known.for_each(|known| known.removed_value.clone_from(before));
            continue;
        }
        for pod in pods.iter().filter(|pod| mounts_config_map(pod, &change.name)) {
            let new = entry(change, parameter, pod, at);
            let same = |known: &Pending| {
                is_about(known, change, parameter) && known.uid == new.uid && known.restarts == new.restarts
            };
            if !record.pending.iter().any(same) {
                record.pending.push(new);
            }
        }
    }
    record
}

fn is_about(known: &Pending, change: &ResourceChange, parameter: &ParameterChange) -> bool {
    known.config_map == change.name
        && known.file == parameter.file
        && known.section.eq_ignore_ascii_case(&parameter.section)
        && known.key.eq_ignore_ascii_case(&parameter.key)
}

fn entry(change: &ResourceChange, parameter: &ParameterChange, pod: &Value, at: &str) -> Pending {
    Pending {
        config_map: change.name.clone(),
        file: parameter.file.clone(),
        section: parameter.section.clone(),
        key: parameter.key.clone(),
        pod: Object::new(pod).name().to_owned(),
        uid: Object::new(pod).uid().unwrap_or_default().to_owned(),
        restarts: reader_restarts(pod, &parameter.file),
        loaded: parameter.before.clone(),
        removed_value: None,
        sensitive: parameter.sensitive,
        since: at.to_owned(),
    }
}

/// Forgets what concerns pods that are gone or have started again.
pub(super) fn prune(record: &Record, pods: &[Value]) -> Record {
    let mut record = record.clone();
    record.pending.retain(|known| {
        pods.iter().any(|pod| {
            Object::new(pod).uid() == Some(known.uid.as_str()) && reader_restarts(pod, &known.file) == known.restarts
        })
    });
    record
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn known(uid: &str, restarts: u64) -> Pending {
        Pending {
            config_map: "c-data".into(),
            file: "data.cpf".into(),
            section: "config".into(),
            key: "globals".into(),
            pod: "c-data-0".into(),
            uid: uid.into(),
            restarts,
            loaded: Some("1".into()),
            removed_value: None,
            sensitive: false,
            since: "2026-01-01T00:00:00Z".into(),
        }
    }

    fn pod(uid: &str, restarts: u64) -> Value {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "c-data-0", "namespace": "n", "uid": uid},
            "status": {"containerStatuses": [
                {"name": "webgateway", "restartCount": 9}, {"name": "iris", "restartCount": restarts}]}})
    }

    #[test]
    fn a_pod_that_is_gone_or_whose_iris_started_again_waits_for_nothing() {
        let record = Record { pending: vec![known("a", 0)], ..Record::empty() };
        for (pods, left) in [(vec![pod("a", 0)], 1), (vec![pod("a", 1)], 0), (vec![pod("b", 0)], 0), (vec![], 0)] {
            assert_eq!(prune(&record, &pods).pending.len(), left, "{pods:?}");
        }
        let text = record.to_text().unwrap();
        assert_eq!(Record::parse(&text).unwrap().pending, record.pending);
    }
}
