//! A claim is only deleted when nothing uses it any more but what this very plan takes away.

use iriskit_state::plan::Step;

use crate::apply::{context::Context, failure::Failure};
use iriskit_core::plan::{Going, active, user_that_stays};
use iriskit_kubernetes::schema::ObjectRef;

/// Fails when a pod mounts the claim that the plan does not take away, or a StatefulSet is there that would make one.
pub(super) async fn check_unused(context: &Context<'_>, claim: &ObjectRef) -> Result<(), Failure> {
    let namespace = claim.namespace.as_deref();
    let (cluster, failed) = (context.cluster, Failure::request("looking for what uses it"));
    let (pods, sets) = tokio::join!(
        cluster.list("v1", "Pod", namespace, None),
        cluster.list("apps/v1", "StatefulSet", namespace, None)
    );
    let pods = pods.map_err(|error| failed(&error))?.items;
    let sets = sets.map_err(|error| failed(&error))?.items;
    let mut going = Going::default();
    for change in active(context.plan).filter(|change| change.namespace == claim.namespace) {
        for step in &change.steps {
            if let Step::Delete { uid, .. } = step {
                going.add(&change.kind, &change.name, uid);
            }
        }
    }
    match user_that_stays(&claim.name, &pods, &sets, &going) {
        Some(user) => Err(Failure::failed(format!("{user}: the claim was not deleted"))),
        None => Ok(()),
    }
}
