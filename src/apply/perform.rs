//! One change, step by step.

use iriskit_state::plan::{PauseBefore, Propagation, ResourceChange, Step};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    Action, Event,
    check::look_again,
    context::Context,
    failure::Failure,
    objects::object_at,
    steps::{
        PodUids, WrittenSet, adopt_pods, await_unchanged, create, delete, delete_pods_by_role, grow_claim, pods_of,
        replace_pods, replace_stuck_pods, roll_by_role, take_over, update, wait_mirror, wait_ready,
        wait_until_roll_can_begin,
    },
};
use iriskit_core::{
    mirror::{ReplacedPods, RollTerms},
    plan::object_of,
};
use iriskit_kubernetes::{schema::ObjectRef, views::Object};

/// What became of an object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Outcome {
    /// Its uid; absent when it is gone.
    pub(super) uid: Option<String>,
    /// What was seen that the plan had not said.
    pub(super) observed: Vec<String>,
}

/// A change, and what its steps leave for later ones.
struct Performed<'a> {
    change: &'a ResourceChange,
    object: ObjectRef,
    /// The object as it was written or found last.
    live: Option<Value>,
    /// The pods of a set that was deleted without them.
    orphans: PodUids,
    observed: Vec<String>,
}

/// Does all steps of a change; one that needs none is waited for.
pub(super) async fn perform(context: &Context<'_>, change: &ResourceChange) -> Result<Outcome, Failure> {
    let object = object_of(change);
    if change.is_no_op() {
        let observed = await_unchanged(context, change, &object).await?;
        return Ok(Outcome { uid: None, observed });
    }
    wait_until_roll_can_begin(context, change, &object).await?;
    look_again(context, change, &object).await?;
    let live = context.live.get(&object).cloned();
    let mut performed = Performed { change, object, live, orphans: PodUids::new(), observed: Vec::new() };
    for (number, step) in change.steps.iter().enumerate() {
        context.may_write()?;
        context.records.begin((context.cluster, context.plan), change, number).await?;
        context.may_write()?;
        let (address, action) = (change.address.clone(), Action::of(step));
        (context.tell)(Event::StepStarted { address: address.clone(), action });
        let begun = Instant::now();
        performed.step(context, step).await?;
        context.records.done(change, number);
        (context.tell)(Event::StepDone { address, action, took: begun.elapsed() });
    }
    let uid = performed.live.as_ref().and_then(|live| Object::new(live).uid()).map(str::to_owned);
    Ok(Outcome { uid, observed: performed.observed })
}

impl Performed<'_> {
    async fn step(&mut self, context: &Context<'_>, step: &Step) -> Result<(), Failure> {
        let (change, object) = (self.change, &self.object);
        match step {
            Step::Create { body, holes, verify_first } => {
                self.live = Some(create(context, change, object, (body, holes), *verify_first).await?);
            }
            Step::Update { body, holes, uid, verify_first } => {
                // After fields were taken over its version is another one.
                let live = self.live.take().or_else(|| context.live.get(object).cloned());
                self.live = Some(update(context, change, object, (body, holes), *verify_first, (uid, live)).await?);
            }
            Step::TakeOver { uid, from } => {
                self.live = Some(take_over(context, change, object, uid, from).await?);
            }
            Step::Delete { uid, propagation } => {
                if *propagation == Propagation::Orphan {
                    self.orphans = pods_of(context, object, uid).await?;
                }
                delete(context, change, object, uid, *propagation).await?;
                self.live = None;
            }
            Step::WaitReady => {
                let observed = wait_ready(context, change, object, self.live.as_ref()).await?;
                self.observed.extend(observed);
            }
            Step::RollByRole { blind, both_primary, was_primary, pause_before } => {
                let up_to_primary = *pause_before == Some(PauseBefore::Primary);
                let terms = RollTerms { blind: *blind, both_primary: *both_primary, up_to_primary };
                roll_by_role(context, &self.written_set()?, terms, was_primary).await?;
            }
            Step::WaitMirror { set, blind } => {
                let set = object_at("apps/v1", set)
                    .ok_or_else(|| Failure::failed(format!("the plan waits for {set}, which is not an address")))?;
                wait_mirror(context, &change.address, &set, *blind).await?;
            }
            Step::DeletePodsByRole { pods } => {
                delete_pods_by_role(context, change, object, pods, &self.orphans).await?;
            }
            Step::GrowClaim { claim, uid, to, .. } => grow_claim(context, change, claim, uid, to).await?,
            Step::AdoptPods { pods } => {
                let observed = adopt_pods(context, change, object, pods).await?;
                self.observed.extend(observed);
            }
            Step::ReplaceStuckPods { pods } => replace_stuck_pods(context, &self.written_set()?, pods).await?,
            Step::ReplacePods { mirrored, blind } => {
                let whose = if *mirrored { ReplacedPods::Mirrored { blind: *blind } } else { ReplacedPods::Unmirrored };
                replace_pods(context, &self.written_set()?, whose).await?;
            }
        }
        Ok(())
    }

    fn written_set(&self) -> Result<WrittenSet<'_>, Failure> {
        let live = self.live.as_ref().map(Object::new);
        let uid = live.and_then(Object::uid).ok_or_else(|| Failure::failed("it was deleted"))?;
        let generation = live.and_then(Object::generation).unwrap_or(0);
        Ok(WrittenSet { change: self.change, object: &self.object, uid, generation })
    }
}
