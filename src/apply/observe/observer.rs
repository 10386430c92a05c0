//! Watches pods from before the first write to the end of a run.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use futures::{
    FutureExt as _,
    future::{join_all, select_all},
};
use tokio::time::{Instant, sleep, sleep_until};

use super::{
    pods::{compare_pods, sets},
    volumes::{Claims, compare_claims, is_late},
};
use crate::apply::{Seen, context::Context, watch::WatchCache};
use iriskit_kubernetes::views::Object;

/// How long watches and labelers may lag behind the end of a run.
const LAG: Duration = Duration::from_secs(10);
/// Between two looks at claims that are late.
const PAUSE: Duration = Duration::from_millis(200);
/// How long the first list of pods may take.
const FIRST_LIST: Duration = Duration::from_secs(30);

/// Watches of pods, begun before the first write, and the claims that were there. Who may not watch pods or list claims
/// gets no word on them.
pub(in crate::apply) struct Observer {
    pods: BTreeMap<String, WatchCache>,
    claims: BTreeMap<String, Claims>,
}

impl Observer {
    /// Begins, and waits until it is known who is there.
    pub(in crate::apply) async fn begin(context: &Context<'_>) -> Self {
        let namespaces: BTreeSet<&str> = sets(context.plan).filter_map(|change| change.namespace.as_deref()).collect();
        let mut pods: BTreeMap<String, WatchCache> = namespaces
            .iter()
            .map(|namespace| ((*namespace).to_owned(), context.watches.of("v1", "Pod", Some(namespace))))
            .collect();
        let listed = namespaces
            .into_iter()
            .map(async |namespace| Some((namespace.to_owned(), claims(context, namespace).await?)));
        let claims = join_all(listed).await.into_iter().flatten().collect();
        for cache in pods.values_mut() {
            tokio::select! {
                () = context.options.stop.stopped() => {}
                () = cache.changed() => {}
                () = sleep(FIRST_LIST) => {}
            }
        }
        pods.retain(|_, cache| cache.problem().is_none());
        Self { pods, claims }
    }

    /// What was seen, and in what it differs from the plan. What is late is waited for, a little.
    pub(in crate::apply) async fn conclude(mut self, context: &Context<'_>) -> (Seen, Vec<String>) {
        let end = Instant::now() + LAG;
        let mut listed = false;
        let (mut seen, mut differences) = loop {
            self.pods.values_mut().for_each(WatchCache::mark_seen);
            let history = self.pods.iter().map(|(namespace, cache)| (namespace.as_str(), cache.pod_history()));
            let compared = compare_pods(context.plan, &history.collect(), !listed);
            if compared.1.is_empty() || listed {
                break compared;
            }
            if Instant::now() >= end {
                // A watch may be dead without a word. What is listed is there.
                for (namespace, cache) in &self.pods {
                    if let Ok(list) = context.cluster.list("v1", "Pod", Some(namespace), None).await {
                        cache.take_in(list.items);
                    }
                }
                listed = true;
                continue;
            }
            let mut changes: Vec<_> = self.pods.values_mut().map(|cache| cache.changed().boxed()).collect();
            changes.push(sleep_until(end).boxed());
            select_all(changes).await;
        };
        for (namespace, before) in &self.claims {
            while let Some(after) = claims(context, namespace).await {
                if Instant::now() < end && is_late(context.plan, namespace, before, &after) {
                    sleep(PAUSE).await;
                    continue;
                }
                differences.extend(compare_claims(context.plan, namespace, before, &after, &mut seen));
                break;
            }
        }
        (seen, differences)
    }
}

/// The claims of a namespace, for who may list them.
async fn claims(context: &Context<'_>, namespace: &str) -> Option<Claims> {
    let list = context.cluster.list("v1", "PersistentVolumeClaim", Some(namespace), None).await.ok()?;
    let entry = |claim: Object<'_>| (claim.name().to_owned(), claim.uid().unwrap_or_default().to_owned());
    Some(list.items.iter().map(|claim| entry(Object::new(claim))).collect())
}
