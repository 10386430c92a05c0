//! A set that was made again takes over the pods that the old one left.

use iriskit_state::plan::ResourceChange;

use crate::apply::{context::Context, failure::Failure};
use iriskit_kubernetes::{
    schema::ObjectRef,
    views::{Pod, StatefulSet},
};

/// Checks what the status of a set made again does not say: that it controls the very pods that the old one left, and that
/// these have the volumes it wants. Gives what differs from the plan without being broken.
pub(in crate::apply) async fn adopt_pods(
    context: &Context<'_>,
    change: &ResourceChange,
    set: &ObjectRef,
    pods: &[(String, String)],
) -> Result<Vec<String>, Failure> {
    let failed = Failure::request("checking the pods that it took over");
    let namespace = set.namespace.as_deref();
    let (found, list) = tokio::join!(context.cluster.get(set), context.cluster.list("v1", "Pod", namespace, None));
    let found = found.map_err(|error| failed(&error))?.ok_or_else(|| Failure::failed("it was deleted"))?;
    let set = StatefulSet::new(&found);
    let items = list.map_err(|error| failed(&error))?.items;
    let mut observed = Vec::new();
    for (planned, planned_uid) in pods {
        let address = &change.address;
        let Some(pod) = items.iter().map(Pod::new).find(|pod| pod.name() == planned) else {
            observed.push(format!("{address}: pod {planned} was to go on running and is gone"));
            continue;
        };
        if pod.uid() != Some(planned_uid) {
            observed.push(format!("{address}: pod {planned} was to go on running and was made again"));
            continue;
        }
        if !pod.is_controlled_by(set.uid().unwrap_or_default()) {
            return Err(Failure::failed(format!("pod {planned} was not taken over")));
        }
        let lacks = set.missing_claims(pod);
        if !lacks.is_empty() {
            return Err(Failure::failed(format!("pod {planned} lacks the volume {}", lacks.join(", "))));
        }
    }
    Ok(observed)
}
