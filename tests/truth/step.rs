//! One step: planned, maybe disturbed by others, applied and compared.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    time::Duration,
};

use iriskit::{
    apply::{self, ApplyOptions, LockOptions},
    survey::{self, Options, Planned, SurveyError},
};
use iriskit_core::{
    manifest::{self, Input, Reading},
    plan::{FieldPattern, Policy, planner::PlanError},
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

/// How long an object may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// Without it volumes stay.
const DELETE_DATA: &str = "delete-data";

/// How a plan is carried out.
#[derive(Clone, Copy)]
pub(crate) enum Execution<'a> {
    /// It is applied as it was made.
    Saved,
    /// The binary destroys these, with their volumes or without, by a plan of its own that says the same.
    Named(&'a Binary<'a>, &'a [String], bool),
}

/// The moment before a run.
#[derive(Clone)]
pub(crate) struct Begun {
    pub(crate) mark: Mark,
    pub(crate) before: State,
    position: usize,
    pub(crate) happened: usize,
}

/// One step.
pub(crate) struct StepRun<'a> {
    pub(crate) world: &'a World,
    pub(crate) history: &'a History,
    policy: Policy,
    on_drift: Treatment,
    fields: Vec<(Treatment, &'static str)>,
    pub(crate) after_plan: Vec<&'a Drift>,
    /// The plan that was carried out, and what was seen of that.
    pub(crate) last: RefCell<Option<(Plan, Seen)>>,
    pub(crate) binary: Option<Binary<'a>>,
    /// Plans that were refused for what moved, and those that it left valid.
    pub(crate) stale: Cell<usize>,
    pub(crate) valid: Cell<usize>,
    /// What really came into the way of runs.
    pub(crate) disturbed: RefCell<Vec<&'static str>>,
    /// How long an object may take.
    pub(crate) timeout: Cell<Duration>,
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
            disturbed: RefCell::default(),
            timeout: Cell::new(PATIENCE),
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

    pub(crate) fn read(&self, manifests: &Manifests) -> Reading {
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
            if let Some(binary) = &self.binary {
                binary.write(&manifests.text());
            }
            let Some(mut planned) = self.planned(&reading).await? else { return Ok(Transition::Refused) };
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

    /// The plan, made in all ways; `None` when there can be none.
    pub(crate) async fn planned(&self, reading: &Reading) -> Result<Option<Planned>, Vec<String>> {
        let mark = self.world.mark();
        let first = match survey::plan(&self.world.cluster, reading, &self.options(false)).await {
            Err(SurveyError::Plan(PlanError::ConfigSource { .. })) => {
                self.nothing_written("a plan that can't be made", &mark)?;
                return Ok(None);
            }
            first => first.map_err(|error| finding(format!("plan: {error}")))?,
        };
        self.plan_in_all_ways(first, reading).await.map(Some)
    }

    /// What the manifests want now (they may refer to texts on the cluster), and the rules.
    pub(crate) async fn wanted(&self, reading: &Reading) -> Result<Wanted, Vec<String>> {
        let rendered = survey::render(Some(&self.world.cluster), reading, Some(LABELER)).await;
        let (bodies, _) = rendered.map_err(|error| finding(format!("render: {error}")))?;
        Ok(Wanted::new(bodies, self.on_drift, &self.fields))
    }

    /// Somebody does something when the plan is made. Gives what to expect of the plan then; `None` when it was refused, as
    /// it has to be.
    pub(crate) async fn change_before_apply(
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
        self.disturbed.borrow_mut().extend(drift.disturbs());
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
    pub(crate) async fn state(&self) -> State {
        let mut state = self.history.state();
        let class = self.world.live_class().await;
        state.extend(class.map(|class| (format!("StorageClass/{}", self.world.class()), class.into())));
        state
    }

    /// By the fast path, once more, and by asking the server everything: the same plan, and nothing is written.
    pub(crate) async fn plan_in_all_ways(&self, planned: Planned, reading: &Reading) -> Result<Planned, Vec<String>> {
        let mark = self.world.mark();
        expect_same("the same plan made twice", &planned.plan, &self.plan(reading, false).await?.plan)?;
        expect_same("fast path and --server-diff=always", &planned.plan, &self.plan(reading, true).await?.plan)?;
        if let Some(binary) = &self.binary {
            binary.save(&planned.plan).await?;
        }
        self.nothing_written("plan", &mark)?;
        Ok(planned)
    }

    pub(crate) async fn plan(&self, reading: &Reading, always: bool) -> Result<Planned, Vec<String>> {
        let planned = survey::plan(&self.world.cluster, reading, &self.options(always)).await;
        planned.map_err(|error| finding(format!("plan: {error}")))
    }

    /// Applies a plan as the command does, and compares with what is to be expected of it.
    pub(crate) async fn carry_out(
        &self,
        planned: &Planned,
        expected: &Plan,
        execution: Execution<'_>,
    ) -> Result<Transition, Vec<String>> {
        let plan = &planned.plan;
        let begun = self.begin();
        let needed = needed(plan);
        if has_errors(plan) {
            self.execute(planned, needed, execution).await.expect(ERROR, "a plan with errors")?;
            self.history.settled(self.world).await.map_err(finding)?;
            self.nothing_written("a refused apply", &begun.mark)?;
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
        self.nothing_written("an apply without its allowances", &begun.mark)?;
        let outcome = self.execute(planned, needed, execution).await;
        self.judge(planned, expected, execution, &outcome, begun).await
    }

    /// The moment before a run.
    pub(crate) fn begin(&self) -> Begun {
        let mark = self.world.mark();
        Begun {
            mark,
            before: self.history.state(),
            position: self.history.position(),
            happened: self.history.happened(),
        }
    }

    /// What was seen since.
    pub(crate) fn seen(&self, begun: Begun, ended: u64) -> Seen {
        let Begun { mark, before, position, .. } = begun;
        let span = Span { before, after: self.history.state(), events: self.history.since(position), ended };
        Seen { span, writes: self.world.writes_since(&mark) }
    }

    /// Compares what a run did, undisturbed, with what is to be expected of it.
    pub(crate) async fn judge(
        &self,
        planned: &Planned,
        expected: &Plan,
        execution: Execution<'_>,
        outcome: &Outcome,
        begun: Begun,
    ) -> Result<Transition, Vec<String>> {
        let plan = &planned.plan;
        let ended = now(self.world).await;
        if let Err(unsettled) = self.history.settled(self.world).await {
            let mut found = finding(format!("after apply {unsettled}"));
            found.extend(outcome.expect(DONE, "apply").err().into_iter().flatten());
            return Err(found);
        }
        let seen = self.seen(begun, ended);
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
            self.run(planned, needed(plan)).await.expect(STALE, "the same plan once more")?;
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
    pub(crate) async fn run(&self, planned: &Planned, allow: BTreeSet<String>) -> Outcome {
        if let Some(binary) = self.binary.as_ref().filter(|_| planned.plan.operation == Operation::Apply) {
            return binary.apply(&allow, self.timeout.get()).await;
        }
        self.run_by_library(planned, allow).await
    }

    /// As the command runs it that has just planned.
    pub(crate) async fn run_by_library(&self, planned: &Planned, allow: BTreeSet<String>) -> Outcome {
        let allow = allow.iter().map(|name| name.parse().expect("an allowance")).collect();
        let of_killed = planned.runs.iter().filter(|seen| seen.run.is_some());
        let killed = of_killed.map(|seen| seen.owner.clone()).collect();
        let seen = planned.runs.iter().map(|seen| (seen.owner.clone(), seen.plans.clone())).collect();
        let lock = LockOptions { seen, killed, ..LockOptions::default() };
        let options = ApplyOptions { timeout: self.timeout.get(), allow, lock, ..ApplyOptions::default() };
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

    pub(crate) async fn nothing_is_left(&self, reading: &Reading) -> Result<(), Vec<String>> {
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

    pub(crate) fn options(&self, always_ask: bool) -> Options {
        Options {
            sources: vec!["truth.yaml".to_owned()],
            labeler: iriskit_core::plan::planner::LabelerImage::given(Some(LABELER)),
            always_ask,
            lifetime: SignedDuration::from_hours(24),
            fingerprints: true,
            policy: self.policy.clone(),
            rollout: iriskit_core::plan::Rollout::default(),
        }
    }

    pub(crate) fn nothing_written(&self, who: &str, mark: &Mark) -> Result<(), Vec<String>> {
        let writes = self.world.writes_since(mark);
        if writes.is_empty() { Ok(()) } else { Err(finding(format!("{who} wrote {writes:?}"))) }
    }
}

pub(crate) fn has_errors(plan: &Plan) -> bool {
    plan.notes.iter().any(|note| note.severity == Severity::Error)
}

pub(crate) fn needed(plan: &Plan) -> BTreeSet<String> {
    plan.allowances.iter().map(|allowance| allowance.name.to_string()).collect()
}

pub(crate) fn finding(text: impl Into<String>) -> Vec<String> {
    vec![text.into()]
}
