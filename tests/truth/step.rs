//! One step: planned, maybe disturbed by others, applied and compared.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    time::Duration,
};

use iriskit::{
    apply::{self, ApplyOptions},
    survey::{self, Options, Planned, SurveyError, Target},
};
use iriskit_core::{
    manifest::{self, Input, Reading},
    plan::{FieldPattern, Policy, SecretValues, planner::PlanError},
};
use iriskit_kubernetes::schema::table;
use iriskit_state::plan::{
    ActionReason, NoteId, Operation, Plan, ResourceChange, Severity, Step, Treatment, VolumeEffect,
};
use jiff::SignedDuration;

use crate::{
    binary::{Binary, LABELER},
    compare::{Seen, disagreements},
    drift::{cause_drift, is_harmless, make_as},
    history::{History, Span, State, now},
    manifests::Manifests,
    moved,
    outcome::{DONE, ERROR, Outcome, REFUSED, STALE},
    place::{Mark, World},
    relevant_places::Wanted,
    same_plan::{changes, expect_same},
    scenario::{Drift, Item, Maker, Rule},
};

/// What one transition turned out to be.
pub(crate) enum Transition {
    Applied,
    Refused,
    /// The manifests are none, so there is nothing to compare.
    NothingToCompare,
}

/// Without it volumes stay.
const DELETE_DATA: &str = "delete-data";

/// How a plan is carried out.
#[derive(Clone, Copy)]
enum Execution<'a> {
    /// It is applied as it was made.
    Saved,
    /// The binary destroys these, with their volumes or without, by a plan of its own that says the same.
    Named(&'a Binary<'a>, &'a [String], bool),
}

/// One step.
pub(crate) struct StepRun<'a> {
    world: &'a World,
    history: &'a History,
    policy: Policy,
    on_drift: Treatment,
    fields: Vec<(Treatment, &'static str)>,
    after_plan: Vec<&'a Drift>,
    /// The plan that was carried out, and what was seen of that.
    pub(crate) last: RefCell<Option<(Plan, Seen)>>,
    binary: Option<Binary<'a>>,
    /// Plans that were refused for what moved, and those that it left valid.
    pub(crate) stale: Cell<usize>,
    pub(crate) valid: Cell<usize>,
}

impl<'a> StepRun<'a> {
    /// `by_binary`: the real binary saves and applies its plans.
    pub(crate) fn new(world: &'a World, history: &'a History, items: &'a [Item], by_binary: bool) -> Self {
        let (mut on_drift, mut fields, mut adopt, mut after_plan) = (Treatment::Take, Vec::new(), false, Vec::new());
        let mut flags = Vec::new();
        for item in items {
            match item {
                Item::Rule(Rule::OnDrift(treatment)) => on_drift = *treatment,
                Item::Rule(Rule::Field(treatment, field)) => {
                    fields.push((*treatment, *field));
                }
                Item::Rule(Rule::Adopt) => adopt = true,
                Item::AfterPlan(drift) => after_plan.push(drift),
                _ => {}
            }
        }
        // In the order in which the command puts them.
        let mut rules = Vec::new();
        for (wanted, flag) in [(Treatment::Take, "--take"), (Treatment::Leave, "--leave"), (Treatment::Fail, "--fail")]
        {
            for (treatment, field) in fields.iter().filter(|(treatment, _)| *treatment == wanted) {
                rules.push((*treatment, field.parse::<FieldPattern>().expect("a field")));
                flags.extend([flag.to_owned(), (*field).to_owned()]);
            }
        }
        flags.extend(adopt.then(|| "--adopt".to_owned()));
        flags.extend(match on_drift {
            Treatment::Take => None,
            Treatment::Leave => Some("--on-drift=leave".to_owned()),
            Treatment::Fail => Some("--on-drift=fail".to_owned()),
        });
        let binary = by_binary.then(|| Binary::new(world, flags)).flatten();
        let policy = Policy::new(on_drift, rules, adopt);
        Self {
            world,
            history,
            policy,
            on_drift,
            fields,
            after_plan,
            last: RefCell::default(),
            binary,
            stale: Cell::new(0),
            valid: Cell::new(0),
        }
    }

    /// Others make what the plan would make.
    pub(crate) fn made(&mut self, manifests: &Manifests, maker: &Maker) {
        let reading = self.read(manifests);
        if reading.has_errors() {
            return;
        }
        self.world.runtime.block_on(async {
            if let Ok(planned) = self.plan(&reading, false).await {
                make_as(self.world, &planned.plan, maker).await;
            }
        });
    }

    fn read(&self, manifests: &Manifests) -> Reading {
        let input = Input { name: "truth.yaml".to_owned(), text: manifests.text() };
        manifest::read(&[input], &self.world.namespace)
    }

    pub(crate) fn apply(&self, manifests: &Manifests) -> Result<Transition, Vec<String>> {
        let reading = self.read(manifests);
        if reading.has_errors() {
            return Ok(Transition::NothingToCompare);
        }
        self.world.runtime.block_on(async {
            self.history.settled(self.world).await.map_err(finding)?;
            let mark = self.world.mark();
            if let Some(binary) = &self.binary {
                binary.write(&manifests.text());
            }
            let first = match survey::plan(&self.world.cluster, &reading, &self.options(false)).await {
                Err(SurveyError::Plan(PlanError::ConfigSource { .. })) => {
                    self.nothing_written("a plan that can't be made", &mark)?;
                    return Ok(Transition::Refused);
                }
                first => first.map_err(|error| finding(format!("plan: {error}")))?,
            };
            let mut planned = self.plan_in_all_ways(first, &reading).await?;
            let mut expected = planned.plan.clone();
            for drift in &self.after_plan {
                let wanted = self.wanted(&reading).await?;
                if let Some(rebased) = self.change_before_apply(&planned, &wanted, expected, drift).await? {
                    expected = rebased;
                } else {
                    let anew = self.plan(&reading, false).await?;
                    planned = self.plan_in_all_ways(anew, &reading).await?;
                    expected = planned.plan.clone();
                }
            }
            let transition = self.carry_out(&planned, &expected, Execution::Saved).await?;
            if matches!(transition, Transition::Applied) {
                self.take_over_what_is_shared(&reading).await?;
                self.nothing_is_left(&reading).await?;
            }
            Ok(transition)
        })
    }

    /// By the binary in one go: it plans and carries that out, so that nobody comes between the two.
    pub(crate) fn destroy(&self, manifests: &Manifests, data: bool) -> Result<Transition, Vec<String>> {
        let namespace = self.world.namespace.clone();
        let names = manifests.names();
        let targets: Vec<Target> =
            names.iter().map(|name| Target { namespace: namespace.clone(), name: name.clone() }).collect();
        self.world.runtime.block_on(async {
            self.history.settled(self.world).await.map_err(finding)?;
            let mut how = self.options(false);
            if self.binary.is_some() {
                how.sources.clone_from(&names);
            }
            let destroy =
                async || survey::destroy(&self.world.cluster, &targets, &how, data).await.map(|planned| planned.plan);
            let plan = match destroy().await {
                Ok(plan) => plan,
                Err(SurveyError::Plan(PlanError::NoRecord { .. })) => {
                    if let Some(binary) = &self.binary {
                        let nothing = binary.destroy(&names, data, &BTreeSet::new(), true).await;
                        nothing.expect(ERROR, "a destroy of nothing")?;
                    }
                    return Ok(Transition::NothingToCompare);
                }
                Err(error) => return Err(finding(format!("plan of destroy: {error}"))),
            };
            let again = destroy().await.map_err(|error| finding(format!("second plan of destroy: {error}")))?;
            expect_same("the same destroy", &plan, &again)?;
            let mut planned = Planned { plan, secret_values: SecretValues::default(), runs: Vec::new() };
            let mut expected = planned.plan.clone();
            let mut execution = Execution::Saved;
            for drift in &self.after_plan {
                if let Some(rebased) = self.change_before_apply(&planned, &Wanted::default(), expected, drift).await? {
                    expected = rebased;
                } else {
                    planned.plan = destroy().await.map_err(|error| finding(format!("plan of destroy: {error}")))?;
                    expected = planned.plan.clone();
                }
            }
            if let Some(binary) = &self.binary {
                planned.plan = destroy().await.map_err(|error| finding(format!("plan of destroy: {error}")))?;
                expected = planned.plan.clone();
                execution = Execution::Named(binary, &names, data);
            }
            let transition = self.carry_out(&planned, &expected, execution).await?;
            let left = match destroy().await {
                Err(SurveyError::Plan(PlanError::NoRecord { .. })) => ERROR,
                Ok(left) if !left.summary.changes() => DONE,
                Ok(left) => return Err(finding(format!("left after destroy: {:?}", changes(&left)))),
                Err(error) => return Err(finding(format!("plan after destroy: {error}"))),
            };
            if let Execution::Named(binary, names, _) = execution {
                let mark = self.world.mark();
                binary.destroy(names, data, &BTreeSet::new(), true).await.expect(left, "a second destroy")?;
                self.nothing_written("a second destroy", &mark)?;
            }
            Ok(transition)
        })
    }

    /// What the manifests want now (they may refer to texts on the cluster), and the rules.
    async fn wanted(&self, reading: &Reading) -> Result<Wanted, Vec<String>> {
        let rendered = survey::render(Some(&self.world.cluster), reading, Some(LABELER)).await;
        let (bodies, _) = rendered.map_err(|error| finding(format!("render: {error}")))?;
        Ok(Wanted::new(bodies, self.on_drift, &self.fields))
    }

    /// Somebody does something when the plan is made. Gives what to expect of the plan then; `None` when it was refused, as
    /// it has to be.
    async fn change_before_apply(
        &self,
        planned: &Planned,
        wanted: &Wanted,
        expected: Plan,
        drift: &Drift,
    ) -> Result<Option<Plan>, Vec<String>> {
        let plan = &planned.plan;
        let then = self.state().await;
        // Pods of new claims would wait for a class that is gone: apply says so, and waits.
        let makes_claims = plan
            .resource_changes
            .iter()
            .flat_map(|change| &change.impact.volumes)
            .any(|volume| matches!(volume.effect, VolumeEffect::New | VolumeEffect::Deleted));
        if makes_claims && matches!(drift, Drift::Class(None)) {
            return Ok(Some(expected));
        }
        let by_ordinal = plan
            .resource_changes
            .iter()
            .any(|change| change.steps.iter().any(|step| matches!(step, Step::ReplacePods { .. })));
        if has_errors(plan) || !is_harmless(drift, &then, by_ordinal) {
            return Ok(Some(expected));
        }
        cause_drift(self.world, drift).await;
        self.history.settled(self.world).await.map_err(finding)?;
        let now = self.state().await;
        let reasons = moved::reasons(plan, wanted, &then, &now);
        if reasons.is_empty() {
            self.valid.set(self.valid.get() + usize::from(then != now));
            return Ok(Some(moved::rebased(&expected, &then, &now)));
        }
        let mark = self.world.mark();
        let outcome = self.run(planned, needed(plan)).await;
        // What does nothing does it in any world.
        let is_idle = plan.resource_changes.iter().all(|change| change.steps.is_empty());
        if !(is_idle && outcome.code == DONE) {
            outcome.expect(STALE, &format!("a plan of before {reasons:?}"))?;
        }
        self.history.settled(self.world).await.map_err(finding)?;
        self.nothing_written("a stale apply", &mark)?;
        self.stale.set(self.stale.get() + usize::from(!is_idle));
        Ok(None)
    }

    /// The objects now, with the storage class of this scenario.
    async fn state(&self) -> State {
        let mut state = self.history.state();
        let class = self.world.live_class().await;
        state.extend(class.map(|class| (format!("StorageClass/{}", self.world.class()), class.into())));
        state
    }

    /// By the fast path, once more, and by asking the server everything: the same plan, and nothing is written.
    async fn plan_in_all_ways(&self, planned: Planned, reading: &Reading) -> Result<Planned, Vec<String>> {
        let mark = self.world.mark();
        expect_same("the same plan made twice", &planned.plan, &self.plan(reading, false).await?.plan)?;
        expect_same("fast path and --server-diff=always", &planned.plan, &self.plan(reading, true).await?.plan)?;
        if let Some(binary) = &self.binary {
            binary.save(&planned.plan).await?;
        }
        self.nothing_written("plan", &mark)?;
        Ok(planned)
    }

    async fn plan(&self, reading: &Reading, always: bool) -> Result<Planned, Vec<String>> {
        let planned = survey::plan(&self.world.cluster, reading, &self.options(always)).await;
        planned.map_err(|error| finding(format!("plan: {error}")))
    }

    /// Applies a plan as the command does, and compares with what is to be expected of it.
    async fn carry_out(
        &self,
        planned: &Planned,
        expected: &Plan,
        execution: Execution<'_>,
    ) -> Result<Transition, Vec<String>> {
        let plan = &planned.plan;
        let mark = self.world.mark();
        let (before, position) = (self.history.state(), self.history.position());
        let needed = needed(plan);
        if has_errors(plan) {
            self.execute(planned, needed, execution).await.expect(ERROR, "a plan with errors")?;
            self.history.settled(self.world).await.map_err(finding)?;
            self.nothing_written("a refused apply", &mark)?;
            return Ok(Transition::Refused);
        }
        // Without it another plan would be made, in which volumes stay.
        let refused =
            needed.iter().filter(|name| !matches!(execution, Execution::Named(.., true)) || *name != DELETE_DATA);
        for left_out in refused {
            let fewer = needed.iter().filter(|name| *name != left_out).cloned().collect();
            self.execute(planned, fewer, execution).await.expect(REFUSED, &format!("without {left_out}"))?;
        }
        if let Execution::Named(binary, names, data) = execution {
            binary.destroy(names, data, &needed, false).await.expect(REFUSED, "a destroy that nobody approved")?;
        }
        self.nothing_written("an apply without its allowances", &mark)?;
        let outcome = self.execute(planned, needed.clone(), execution).await;
        let ended = now(self.world).await;
        if let Err(unsettled) = self.history.settled(self.world).await {
            let mut found = finding(format!("after apply {unsettled}"));
            found.extend(outcome.expect(DONE, "apply").err().into_iter().flatten());
            return Err(found);
        }
        let span = Span { before, after: self.history.state(), events: self.history.since(position), ended };
        let seen = Seen { span, writes: self.world.writes_since(&mark) };
        let mut found = disagreements(expected, &seen);
        self.last.replace(Some((expected.clone(), seen)));
        found.extend(outcome.expect(DONE, "apply").err().into_iter().flatten());
        if let Execution::Named(binary, ..) = execution {
            found.extend(binary.destroyed(plan).err().into_iter().flatten());
        }
        let active: BTreeSet<&String> = plan
            .resource_changes
            .iter()
            .filter(|change| !change.steps.is_empty())
            .map(|change| &change.address)
            .collect();
        if let Some(report) = &outcome.report {
            found.extend(report.observed.iter().map(|observed| format!("apply itself observed: {observed}")));
            let done: BTreeSet<&String> = report.done.iter().collect();
            if done != active {
                found.push(format!("reported as done {done:?}, planned {active:?}"));
            }
        }
        if !active.is_empty() && found.is_empty() && matches!(execution, Execution::Saved) {
            self.run(planned, needed).await.expect(STALE, "the same plan once more")?;
        }
        if found.is_empty() { Ok(Transition::Applied) } else { Err(found) }
    }

    async fn execute(&self, planned: &Planned, allow: BTreeSet<String>, execution: Execution<'_>) -> Outcome {
        match execution {
            Execution::Saved => self.run(planned, allow).await,
            Execution::Named(binary, names, data) => binary.destroy(names, data, &allow, true).await,
        }
    }

    /// By the binary, where that saved the plan.
    async fn run(&self, planned: &Planned, allow: BTreeSet<String>) -> Outcome {
        if let Some(binary) = self.binary.as_ref().filter(|_| planned.plan.operation == Operation::Apply) {
            return binary.apply(&allow).await;
        }
        let allow = allow.iter().map(|name| name.parse().expect("an allowance")).collect();
        let options = ApplyOptions { timeout: Duration::from_secs(60), allow, ..ApplyOptions::default() };
        let result = apply::run(&self.world.cluster, &planned.plan, &planned.secret_values, &options, |_| ()).await;
        Outcome::of(result)
    }

    /// After an apply there is nothing to do, and doing it writes nothing.
    /// With `--adopt` the next plan takes over what somebody began to share between the last plan and its apply, and does
    /// nothing else.
    async fn take_over_what_is_shared(&self, reading: &Reading) -> Result<(), Vec<String>> {
        let shared = |change: &ResourceChange| {
            let plural = table().kind(&change.api_version, &change.kind).map_or("?", |kind| kind.plural);
            let object = format!("{plural}/{}", change.name);
            self.after_plan.iter().any(|drift| matches!(drift, Drift::Share(_, theirs, _) if *theirs == object))
        };
        if !self.policy.document().adopt || !self.after_plan.iter().any(|drift| matches!(drift, Drift::Share(..))) {
            return Ok(());
        }
        let first = self.plan(reading, false).await?;
        let planned = self.plan_in_all_ways(first, reading).await?;
        let mut active = planned.plan.resource_changes.iter().filter(|change| !change.steps.is_empty()).peekable();
        if active.peek().is_none() {
            return Ok(());
        }
        if let Some(other) =
            active.find(|change| !shared(change) || change.action_reason.map(ActionReason::as_str) != Some("ownership"))
        {
            return Err(finding(format!("left after apply besides what others share: {}", other.address)));
        }
        self.carry_out(&planned, &planned.plan, Execution::Saved).await.map(|_| ())
    }

    async fn nothing_is_left(&self, reading: &Reading) -> Result<(), Vec<String>> {
        let mark = self.world.mark();
        for always in [false, true] {
            let planned = self.plan(reading, always).await?;
            if planned.plan.summary.changes() {
                return Err(finding(format!("left after apply (always {always}): {:#?}", changes(&planned.plan))));
            }
            // Nobody admits objects here but Kubernetes itself.
            if let Some(note) = planned.plan.notes.iter().find(|note| note.id == NoteId::ServerWouldChange) {
                return Err(finding(format!("left after apply (always {always}): {}", note.message)));
            }
            if let Some(binary) = &self.binary {
                binary.save(&planned.plan).await?;
            }
            self.run(&planned, BTreeSet::new()).await.expect(DONE, "apply of an empty plan")?;
        }
        self.nothing_written("a plan without changes", &mark)
    }

    fn options(&self, always_ask: bool) -> Options {
        Options {
            sources: vec!["truth.yaml".to_owned()],
            labeler_image: Some(LABELER.to_owned()),
            always_ask,
            lifetime: SignedDuration::from_hours(24),
            fingerprints: true,
            policy: self.policy.clone(),
            rollout: iriskit_core::plan::Rollout::default(),
        }
    }

    fn nothing_written(&self, who: &str, mark: &Mark) -> Result<(), Vec<String>> {
        let writes = self.world.writes_since(mark);
        if writes.is_empty() { Ok(()) } else { Err(finding(format!("{who} wrote {writes:?}"))) }
    }
}

fn has_errors(plan: &Plan) -> bool {
    plan.notes.iter().any(|note| note.severity == Severity::Error)
}

fn needed(plan: &Plan) -> BTreeSet<String> {
    plan.allowances.iter().map(|allowance| allowance.name.to_string()).collect()
}

pub(crate) fn finding(text: impl Into<String>) -> Vec<String> {
    vec![text.into()]
}
