//! Claims that grow, and pods that a set takes over when it is made again.

use iriskit_state::plan::ResourceChange;
use serde_json::{Value, json};

use super::{
    Moved,
    failure::Failure,
    perform::Performer,
    target::{controller, name, text, uid},
};
use crate::cluster::ApplyMode;
use iriskit_core::plan::missing_in;
use iriskit_kubernetes::schema::{ObjectRef, quantity};

/// The claim and the body that asks for more. With the uid in it nothing is made where there is no such claim.
pub(super) fn grown(change: &ResourceChange, claim: &str, guard: &str, to: &str) -> (ObjectRef, Value) {
    let namespace = change.namespace.as_deref().unwrap_or_default();
    let object = ObjectRef::namespaced("v1", "PersistentVolumeClaim", namespace, claim);
    let body = json!({
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": claim, "namespace": namespace, "uid": guard},
        "spec": {"resources": {"requests": {"storage": to}}},
    });
    (object, body)
}

impl Performer<'_> {
    /// Lets a claim ask for more. One that asks for as much already is left alone: a volume never shrinks.
    pub(super) async fn grow(
        &self,
        change: &ResourceChange,
        claim: &str,
        guard: &str,
        to: &str,
    ) -> Result<(), Failure> {
        let (object, body) = grown(change, claim, guard, to);
        let doing = format!("growing {claim}");
        let failed = Failure::request(&doing);
        self.go_on()?;
        let found = self.cluster.get(&object).await.map_err(|error| failed(&error))?;
        if found.as_ref().and_then(uid) != Some(guard) {
            return Err(another(&object, guard, found.as_ref()));
        }
        let amount = |text: &str| quantity::parse(text).ok();
        let has = found.as_ref().and_then(|found| text(found, "/spec/resources/requests/storage")).and_then(amount);
        if has >= amount(to) {
            return Ok(());
        }
        match self.cluster.apply(&object, &body, ApplyMode { dry_run: false, force: true }).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_uid_mismatch() => Err(another(&object, guard, None)),
            Err(error) => Err(failed(&error)),
        }
    }

    /// Checks what the status of a set made again does not say: that it controls the very pods that the old one left, and
    /// that these have the volumes it wants. Gives what differs from the plan without being broken.
    pub(super) async fn adopted(
        &self,
        change: &ResourceChange,
        set: &ObjectRef,
        pods: &[(String, String)],
    ) -> Result<Vec<String>, Failure> {
        let failed = Failure::request("looking at the pods that it took over");
        let namespace = set.namespace.as_deref();
        let (found, list) = tokio::join!(self.cluster.get(set), self.cluster.list("v1", "Pod", namespace, None));
        let found = found.map_err(|error| failed(&error))?.ok_or_else(|| Failure::failed("it was deleted"))?;
        let items = list.map_err(|error| failed(&error))?.items;
        let mut observed = Vec::new();
        for (planned, planned_uid) in pods {
            let address = &change.address;
            match items.iter().find(|pod| name(pod) == planned) {
                Some(pod) if uid(pod) != Some(planned_uid) => {
                    observed.push(format!("{address}: pod {planned} was to go on running and was made again"));
                }
                Some(pod) if controller(pod) != uid(&found) => {
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
}

fn another(object: &ObjectRef, then: &str, now: Option<&Value>) -> Failure {
    let uid_of = |text: &str| iriskit_state::plan::Observed::Value(text.into());
    Failure::Moved(vec![Moved {
        address: object.address(),
        field: "metadata.uid".to_owned(),
        then: Some(uid_of(then)),
        now: now.and_then(uid).map(uid_of),
        who: None,
        when: None,
    }])
}
