//! A claim asks for more space.

use iriskit_state::plan::{Observed, ResourceChange};
use serde_json::{Value, json};

use super::unclear::Unclear;
use crate::{
    apply::{Moved, context::Context, failure::Failure},
    cluster::ApplyMode,
};
use iriskit_kubernetes::{
    schema::{ObjectRef, quantity},
    views::{Claim, Object},
};

/// The claim and the body that asks for more. With the uid in it nothing is made where there is no such claim.
pub(in crate::apply) fn claim_body(change: &ResourceChange, claim: &str, guard: &str, to: &str) -> (ObjectRef, Value) {
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

/// Lets a claim ask for more. One that asks for as much already is left alone: a volume never shrinks.
pub(in crate::apply) async fn grow_claim(
    context: &Context<'_>,
    change: &ResourceChange,
    claim: &str,
    guard: &str,
    to: &str,
) -> Result<(), Failure> {
    let (object, body) = claim_body(change, claim, guard, to);
    let doing = format!("growing {claim}");
    let failed = Failure::request(&doing);
    let mut unclear = Unclear::default();
    loop {
        let found = context.cluster.get(&object).await.map_err(|error| failed(&error))?;
        if found.as_ref().and_then(|found| Object::new(found).uid()) != Some(guard) {
            return Err(another(&object, guard, found.as_ref()));
        }
        let has = found.as_ref().and_then(|found| Claim::new(found).requested_amount());
        if has >= quantity::parse(to).ok() {
            return Ok(());
        }
        context.may_write()?;
        match context.cluster.apply(&object, &body, ApplyMode { dry_run: false, force: true }).await {
            Ok(_) => return Ok(()),
            Err(error) if error.is_conflict() || error.is_uid_mismatch() => {
                let found = context.cluster.get(&object).await.map_err(|error| failed(&error))?;
                if found.as_ref().and_then(|found| Object::new(found).uid()) != Some(guard) {
                    return Err(another(&object, guard, found.as_ref()));
                }
                return Err(failed(&error));
            }
            Err(error) if error.is_ambiguous() => unclear.again(context, &doing, &error).await?,
            Err(error) => return Err(failed(&error)),
        }
    }
}

fn another(object: &ObjectRef, then: &str, now: Option<&Value>) -> Failure {
    let uid_of = |text: &str| Observed::Value(text.into());
    Failure::Moved(vec![Moved {
        address: object.address(),
        field: "metadata.uid".to_owned(),
        then: Some(uid_of(then)),
        now: now.and_then(|now| Object::new(now).uid()).map(uid_of),
        who: None,
        when: None,
    }])
}
