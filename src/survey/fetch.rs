//! Reading live objects: everything at once.

use std::collections::BTreeSet;

use serde_json::Value;
use tokio::task::JoinHandle;

use super::SurveyError;
use crate::cluster::{ApiError, Cluster};
use iriskit_core::plan::Live;
use iriskit_kubernetes::schema::ObjectRef;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fetch {
    /// All objects of a kind in a namespace.
    List {
        /// `apps/v1`.
        api_version: String,
        /// `StatefulSet`.
        kind: String,
        /// The namespace.
        namespace: String,
    },
    /// One object by name.
    Get(ObjectRef),
}

impl Fetch {
    pub(super) fn list(api_version: &str, kind: &str, namespace: &str) -> Self {
        Self::List { api_version: api_version.to_owned(), kind: kind.to_owned(), namespace: namespace.to_owned() }
    }

    /// How an object of interest is read: Secrets and cluster-scoped objects by name, others with their kind.
    pub(super) fn of(object: &ObjectRef) -> Self {
        match &object.namespace {
            Some(namespace) if object.kind != "Secret" => Self::list(&object.api_version, &object.kind, namespace),
            _ => Self::Get(object.clone()),
        }
    }
}

enum Fetched {
    Items(Vec<Value>),
    One(Option<Value>),
}

/// Sends all requests at the same time and puts the answers into `live`. What may not be read is noted there.
pub(super) async fn fetch(cluster: &Cluster, wanted: BTreeSet<Fetch>, live: &mut Live) -> Result<(), SurveyError> {
    let mut round = Round::default();
    round.ask(cluster, wanted);
    round.answers(live).await.map(|_| ())
}

/// Requests that are under way together.
#[derive(Default)]
pub(super) struct Round {
    asked: BTreeSet<Fetch>,
    running: Vec<(Fetch, JoinHandle<Result<Fetched, ApiError>>)>,
}

impl Round {
    /// Sends what was not sent yet. Each answer is parsed on whatever core is free.
    pub(super) fn ask(&mut self, cluster: &Cluster, wanted: impl IntoIterator<Item = Fetch>) {
        for request in wanted {
            if self.asked.insert(request.clone()) {
                let (cluster, sent) = (cluster.clone(), request.clone());
                self.running.push((request, tokio::spawn(async move { send(&cluster, &sent).await })));
            }
        }
    }

    /// Waits for all answers and puts them into `live`; gives what was asked.
    pub(super) async fn answers(self, live: &mut Live) -> Result<BTreeSet<Fetch>, SurveyError> {
        for (request, answer) in self.running {
            // Why is told by the panic itself, as far as it may be.
            let answer = answer.await.unwrap_or_else(|_| {
                Err(ApiError::Transport { message: "the request was given up".to_owned(), sent: true })
            });
            match (request, answer) {
                (_, Ok(Fetched::Items(items))) => items.into_iter().for_each(|item| live.insert(item)),
                (_, Ok(Fetched::One(Some(object)))) => live.insert(object),
                (Fetch::Get(object), Ok(Fetched::One(None))) => {
                    live.missing.insert(object);
                }
                (_, Ok(Fetched::One(None))) => {}
                (request, Err(error)) if error.is_forbidden_rbac() => {
                    let place = match request {
                        Fetch::List { kind, namespace, .. } => (kind, Some(namespace)),
                        Fetch::Get(object) => (object.kind.clone(), object.namespace.clone()),
                    };
                    live.unreadable.insert(place, error.to_string());
                }
                (request, Err(error)) => {
                    return Err(SurveyError::Api { what: describe(&request), error: Box::new(error) });
                }
            }
        }
        Ok(self.asked)
    }
}

async fn send(cluster: &Cluster, request: &Fetch) -> Result<Fetched, ApiError> {
    match request {
        Fetch::List { api_version, kind, namespace } => {
            Ok(Fetched::Items(cluster.list(api_version, kind, Some(namespace), None).await?.items))
        }
        Fetch::Get(object) => Ok(Fetched::One(cluster.get(object).await?)),
    }
}

fn describe(request: &Fetch) -> String {
    match request {
        Fetch::List { kind, namespace, .. } => format!("list {kind} in namespace {namespace}"),
        Fetch::Get(object) => format!("read {object}"),
    }
}
