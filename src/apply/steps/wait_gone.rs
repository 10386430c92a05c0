//! Waiting until an object is gone.

use serde_json::Value;

use crate::apply::{
    context::Context,
    failure::Failure,
    wait::{Condition, Now, ObjectWatch, State, wait_for},
};
use iriskit_kubernetes::{names::PVC_PROTECTION, schema::ObjectRef, views::Object};

/// Waits until the object with this uid is gone. One that was made again under its name is another.
pub(super) async fn wait_gone(
    context: &Context<'_>,
    address: &str,
    object: &ObjectRef,
    uid: &str,
) -> Result<(), Failure> {
    let watch = ObjectWatch::alone(context, object, Some(uid));
    wait_for(context, address, &watch, &mut Gone { object }).await
}

struct Gone<'a> {
    object: &'a ObjectRef,
}

impl Condition for Gone<'_> {
    type Found = ();

    fn check(&mut self, now: &Now) -> State<()> {
        State::pending(why_it_stays(self.object, &now.object))
    }

    fn absent(&self, _: bool) -> State<()> {
        State::Met(())
    }
}

fn why_it_stays(object: &ObjectRef, found: &Value) -> String {
    let found = Object::new(found);
    let finalizers: Vec<&str> = found.finalizers().collect();
    match finalizers.as_slice() {
        [] if found.is_terminating() && object.kind == "Pod" => format!("{} is stopping", object.name),
        [] => "it is being deleted".to_owned(),
        ["foregroundDeletion"] => "its pods are terminating".to_owned(),
        [PVC_PROTECTION] => "a pod still uses it".to_owned(),
        _ => format!("waiting for finalizers {}", finalizers.join(", ")),
    }
}
