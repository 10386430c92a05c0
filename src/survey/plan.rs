//! Plans of a cluster that answers, and what else a planner asks it.

use std::{collections::BTreeMap, time::Duration};

use iriskit_core::{
    manifest::Reading,
    plan::{
        SecretValues, Stamp, Unsaid,
        lock::run_note,
        planner::{self, Conversation, LabelerImage, Options, Planned, Server, Target},
        preflight::MissingRight,
    },
};
use iriskit_state::{
    plan::{ClusterIdentity, Note, Plan},
    random_id,
    status::StatusReport,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::time::Instant;

use super::{SurveyError, answer::converse, lock::lock_state};
use crate::cluster::Cluster;

/// How long reading may take without what was read first being too old: members speak every few seconds.
const SOON: Duration = Duration::from_secs(10);

/// Plans what the manifests say. `reading` has no errors.
pub async fn plan(cluster: &Cluster, reading: &Reading, options: &Options) -> Result<Planned, SurveyError> {
    let (server, stamp) = (server(cluster), stamp(options.lifetime)?);
    let asking = Conversation::begin(|dialogue| planner::plan(dialogue, reading, options, &server, stamp));
    Ok(with_runs(converse(cluster, asking).await??, cluster))
}

/// Plans the removal of clusters; their volumes go only with `delete_data`.
pub async fn destroy(
    cluster: &Cluster,
    targets: &[Target],
    options: &Options,
    delete_data: bool,
) -> Result<Planned, SurveyError> {
    let (server, stamp) = (server(cluster), stamp(options.lifetime)?);
    let asking =
        Conversation::begin(|dialogue| planner::destroy(dialogue, targets, options, &server, stamp, delete_data));
    Ok(with_runs(converse(cluster, asking).await??, cluster))
}

/// Says of a plan who works on its clusters now, and who was killed while working on them. A snapshot has no now.
fn with_runs(mut planned: Planned, cluster: &Cluster) -> Planned {
    if cluster.server_time().is_none() {
        return planned;
    }
    let notes: Vec<Note> = planned
        .runs
        .iter()
        .filter_map(|seen| {
            let lock = lock_state(cluster, seen.lease.as_ref());
            Some(run_note(&seen.owner, &lock, seen.run.as_ref()?))
        })
        .collect();
    planned.tell(notes);
    planned
}

/// The secret values for the holes of a saved plan, from the manifests it was made from and the live ConfigMaps that
/// they refer to.
pub async fn secret_values(
    cluster: &Cluster,
    reading: &Reading,
    labeler: &LabelerImage,
) -> Result<SecretValues, SurveyError> {
    let asking = Conversation::begin(|dialogue| planner::secret_values(dialogue, reading, labeler));
    Ok(converse(cluster, asking).await??)
}

/// Exactly what apply sends for the manifests, in order, secrets included. Without a cluster ConfigMaps that only it has are
/// missing: see [`planner::needs_cluster`].
pub async fn render(
    cluster: Option<&Cluster>,
    reading: &Reading,
    labeler_image: Option<&str>,
) -> Result<(Vec<Value>, Vec<Note>), SurveyError> {
    let mut asking = Conversation::begin(|dialogue| planner::render(dialogue, reading, labeler_image));
    match cluster {
        Some(cluster) => Ok(converse(cluster, asking).await??),
        None => loop {
            if let planner::Turn::Done(rendered) = asking.resume(Vec::new()) {
                break Ok(rendered?);
            }
        },
    }
}

/// What controllers would not be able to make of the plan's objects. An error is certain as things stand.
pub async fn obstacles(cluster: &Cluster, plan: &Plan, secret_values: &SecretValues) -> Result<Vec<Note>, SurveyError> {
    let server = server(cluster);
    let asking = Conversation::begin(|dialogue| planner::obstacles(dialogue, &server, plan, secret_values));
    converse(cluster, asking).await
}

/// How the cluster of this name stands, or each cluster of the namespace.
pub async fn status(cluster: &Cluster, name: Option<&str>) -> Result<StatusReport, SurveyError> {
    let namespace = cluster.connection().namespace.clone();
    let mut again = true;
    loop {
        let begun = Instant::now();
        let asking = Conversation::begin(|dialogue| planner::status(dialogue, &namespace, name));
        let seen = converse(cluster, asking).await??;
        // What was read first is old when something else was long in coming: a member would seem to be silent.
        if begun.elapsed() < SOON || !std::mem::replace(&mut again, false) {
            return Ok(seen.report(cluster.server_time().unwrap_or_else(Timestamp::now)));
        }
    }
}

/// What the plan does not say of what its steps do to these objects; `answers` are those that it writes, by address.
pub async fn unsaid_consequences(
    cluster: &Cluster,
    plan: &Plan,
    objects: Vec<Value>,
    answers: &BTreeMap<String, Value>,
    secret_values: &SecretValues,
) -> Result<Unsaid, SurveyError> {
    let asking =
        Conversation::begin(|dialogue| planner::unsaid_consequences(dialogue, plan, objects, answers, secret_values));
    converse(cluster, asking).await
}

/// The rights that the plan needs and the user lacks.
pub async fn missing_rights(cluster: &Cluster, plan: &Plan) -> Result<Vec<MissingRight>, SurveyError> {
    converse(cluster, Conversation::begin(|dialogue| planner::missing_rights(dialogue, plan))).await
}

/// What is known of the cluster without asking it.
fn server(cluster: &Cluster) -> Server {
    let connection = cluster.connection();
    Server {
        identity: ClusterIdentity {
            context: connection.context.clone(),
            server: connection.server.clone(),
            ca_sha256: connection.ca_sha256.clone(),
            user: connection.user.clone(),
            namespaces: BTreeMap::new(),
        },
        namespace: connection.namespace.clone(),
        has_every_kind: !connection.sandbox,
        judges_pod_security: !connection.sandbox,
    }
}

/// Ids and times of a new plan.
fn stamp(lifetime: SignedDuration) -> Result<Stamp, SurveyError> {
    let now = Timestamp::now();
    let expires = now.checked_add(lifetime).unwrap_or(Timestamp::MAX);
    let text = |time: Timestamp| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    Ok(Stamp {
        id: random_id().ok_or(SurveyError::Random)?,
        created_at: text(now),
        expires_at: text(expires),
        iriskit_version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}
