//! What a plan reads of a cluster, kept for later: taken with rights, planned from without.

use std::collections::{BTreeMap, BTreeSet};

use iriskit_state::{
    new_salt,
    plan::{MadeFrom, Plan, Verified},
    seal,
    snapshot::{FORMAT_VERSION, Origin, Recorded, Snapshot},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{SurveyError, answer::converse};
use crate::cluster::{ApiError, Cluster};
use iriskit_core::{
    diff::replaced,
    manifest::Reading,
    plan::{
        applyset::{ID, PART_OF},
        planner::{self, Conversation},
    },
};
use iriskit_kubernetes::views::Object;

/// Reads what a plan of the manifests reads, and nothing else; writes nothing and asks for no dry-run.
pub async fn take(cluster: &Cluster, reading: &Reading, labeler_image: Option<&str>) -> Result<Snapshot, SurveyError> {
    let listening = cluster.listening();
    let asking = Conversation::begin(|dialogue| planner::read_for_snapshot(dialogue, reading, labeler_image));
    let named = converse(&listening, asking).await??;
    let salt = new_salt().ok_or(SurveyError::Random)?;
    let mut seals = BTreeMap::new();
    let mut keep = |object: &Value| {
        let mut object = object.clone();
        if is_foreign(&object, &named)
            && let Some(members) = object.as_object_mut()
        {
            members.remove("data");
            members.remove("binaryData");
        }
        let sealed = |value: &str| seals.entry(value.to_owned()).or_insert_with(|| seal(&salt, value)).clone();
        let mut sealed = sealed;
        replaced(&object, |_, value| Value::from(sealed(value)))
    };
    let mut answers = BTreeMap::new();
    for (path, heard) in listening.heard() {
        let answer = match heard {
            Ok(body) => Recorded::Found(of_each_object(body, &mut keep)),
            Err(error) if error.is_not_found() => Recorded::Missing,
            Err(error @ ApiError::Status { .. }) => Recorded::Refused(error.to_string()),
            Err(error) => return Err(SurveyError::Api { what: format!("read {path}"), error: Box::new(error) }),
        };
        answers.insert(path, answer);
    }
    let connection = cluster.connection();
    Ok(Snapshot {
        format_version: FORMAT_VERSION.to_owned(),
        iriskit_version: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        cluster: Origin {
            context: connection.context.clone(),
            server: connection.server.clone(),
            namespace: connection.namespace.clone(),
            user: connection.user.clone(),
            ca_sha256: connection.ca_sha256.clone(),
        },
        salt,
        answers,
    })
}

/// A snapshot made ready for a plan of the manifests. A secret that is the one of the manifests is put back in its place;
/// any other stays a seal, which is equal to itself and to nothing else.
pub fn open_seals(
    mut snapshot: Snapshot,
    reading: &Reading,
    labeler_image: Option<&str>,
) -> Result<Snapshot, SurveyError> {
    let mut open = planner::restored(&snapshot.salt, reading, labeler_image)?;
    for answer in snapshot.answers.values_mut() {
        if let Recorded::Found(body) = answer {
            *body = of_each_object(body.take(), &mut open);
        }
    }
    Ok(snapshot)
}

/// Says of a plan that it was made from a snapshot: no server checked it.
pub fn mark(plan: &mut Plan, from: MadeFrom) {
    plan.snapshot = Some(from);
    let unchecked = plan.resource_changes.iter_mut().filter(|change| !change.is_no_op());
    for change in unchecked.filter(|change| change.verified == Verified::Server) {
        change.verified = Verified::Local;
    }
}

/// A ConfigMap that the plan does not read: only that it exists is kept.
fn is_foreign(object: &Value, named: &BTreeSet<(String, String)>) -> bool {
    let object = Object::new(object);
    let namespace = object.namespace().unwrap_or_default();
    object.kind() == "ConfigMap"
        && !named.contains(&(namespace.to_owned(), object.name().to_owned()))
        && object.label(ID).is_none()
        && object.label(PART_OF).is_none()
}

/// An answer with each of its objects replaced by what `change` makes of it. Items of lists are given their kind for it.
fn of_each_object(mut body: Value, change: &mut impl FnMut(&Value) -> Value) -> Value {
    let text = |member: &str| body.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let Some(items) = body.get_mut("items").and_then(Value::as_array_mut) else { return change(&body) };
    let kind = kind.strip_suffix("List").unwrap_or_default();
    for item in items {
        if let Some(members) = item.as_object_mut() {
            members.insert("apiVersion".to_owned(), json!(api_version));
            members.insert("kind".to_owned(), json!(kind));
        }
        *item = change(item);
    }
    body
}
