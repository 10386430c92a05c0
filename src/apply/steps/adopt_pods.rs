//! A set that was made again takes over the pods that the old one left.

use iriskit_state::plan::ResourceChange;

use crate::apply::{context::Context, failure::Failure};
use iriskit_core::plan::missing_in;
use iriskit_kubernetes::{schema::ObjectRef, views::Object};

/// Checks what the status of a set made again does not say: that it controls the very pods that the old one left, and
/// that these have the volumes it wants. Gives what differs from the plan without being broken.
pub(in crate::apply) async fn adopt_pods(
    context: &Context<'_>,
    change: &ResourceChange,
    set: &ObjectRef,
    pods: &[(String, String)],
) -> Result<Vec<String>, Failure> {
    let failed = Failure::request("looking at the pods that it took over");
    let namespace = set.namespace.as_deref();
    let (found, list) = tokio::join!(context.cluster.get(set), context.cluster.list("v1", "Pod", namespace, None));
    let found = found.map_err(|error| failed(&error))?.ok_or_else(|| Failure::failed("it was deleted"))?;
    let items = list.map_err(|error| failed(&error))?.items;
    let set_uid = Object::new(&found).uid().unwrap_or_default();
    let mut observed = Vec::new();
    for (planned, planned_uid) in pods {
        let address = &change.address;
        match items.iter().find(|pod| Object::new(pod).name() == planned) {
            Some(pod) if Object::new(pod).uid() != Some(planned_uid) => {
                observed.push(format!("{address}: pod {planned} was to go on running and was made again"));
            }
            Some(pod) if !Object::new(pod).is_controlled_by(set_uid) => {
                return Err(Failure::failed(format!("pod {planned} was not taken over")));
            }
            Some(pod) if !missing_in(&found, pod).is_empty() => {
                let lacks = missing_in(&found, pod).join(", ");
                return Err(Failure::failed(format!("pod {planned} lacks the volume {lacks}")));
            }
            Some(_) => {}
            None => observed.push(format!("{address}: pod {planned} was to go on running and is gone")),
        }
    }
    Ok(observed)
}
