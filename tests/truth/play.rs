//! A scenario on a stage: step after step is planned, applied and compared.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use iriskit::apply::{self, ApplyError, ApplyOptions, ErrorClass, Report};
use iriskit::manifest::{self, Input, Reading};
use iriskit::plan::Fills;
use iriskit::survey::{self, Options, Planned, SurveyError, Target};
use iriskit_state::plan::{Plan, Severity};
use jiff::SignedDuration;
use serde_json::Value;

use crate::compare::{Seen, disagreements};
use crate::history::{History, Span, now};
use crate::manifests::Manifests;
use crate::place::{Mark, Place, World};
use crate::scenario::{Drift, Scenario, Stroke};

/// How a scenario went.
#[derive(Debug, Default)]
pub(crate) struct Played {
    /// Transitions that were compared and equal.
    pub(crate) equal: usize,
    /// Of these: plans with errors, which nothing may do.
    pub(crate) refused: usize,
    /// What did not agree in the one after them, which ends the scenario.
    pub(crate) found: Vec<String>,
    /// Which step that was.
    pub(crate) step: usize,
    /// The last plan that was carried out, and what was seen of that.
    pub(crate) last: Option<(Plan, Seen)>,
}

/// What one transition turned out to be.
enum Turn {
    Applied,
    Refused,
    /// The manifests are none, so there is nothing to compare.
    Void,
}

/// Plays a scenario until something does not agree. `None` when its place is switched off.
pub(crate) fn play(place: Place, scenario: &Scenario) -> Option<Played> {
    let world = World::open(place)?;
    let history = world.runtime.block_on(History::begin(&world));
    let mut manifests = Manifests::new();
    let mut played = Played::default();
    for (step, strokes) in scenario.steps().iter().enumerate() {
        let mut next = manifests.clone();
        let mut destroy = None;
        for stroke in strokes {
            match stroke {
                Stroke::Edit(edit) => next.edit(edit),
                Stroke::Drift(drift) => meddle(&world, drift),
                Stroke::Destroy(data) => destroy = Some(*data),
            }
        }
        let act = Act { world: &world, history: &history, last: RefCell::default() };
        let turn = match destroy {
            Some(data) => act.destroy(&next, data),
            None => act.apply(&next),
        };
        played.step = step;
        played.last = act.last.into_inner().or(played.last);
        match turn {
            Ok(Turn::Applied) => {
                played.equal += 1;
                manifests = next;
            }
            // Whoever is refused goes back to what was.
            Ok(Turn::Refused) => {
                played.equal += 1;
                played.refused += 1;
            }
            Ok(Turn::Void) => {}
            Err(found) => {
                played.found = found;
                break;
            }
        }
    }
    Some(played)
}

/// Somebody else does something; what is not there can't be meddled with.
fn meddle(world: &World, drift: &Drift) {
    let (code, body) = match drift {
        Drift::Patch(manager, object, patch) => {
            let query = format!("{object}?fieldManager={manager}");
            world.send("PATCH", &query, "application/merge-patch+json", Some(patch))
        }
        Drift::Apply(manager, object, body) => {
            if world.send("GET", object, "application/json", None).0 == 404 {
                return;
            }
            let query = format!("{object}?fieldManager={manager}&force=true");
            world.send("PATCH", &query, "application/apply-patch+yaml", Some(body))
        }
        Drift::Delete(object) => world.send("DELETE", object, "application/json", None),
        Drift::FailOver(set) => {
            world.fail_over(set);
            return;
        }
    };
    // A server may refuse (a claim whose class does not let it grow).
    assert!(matches!(code, 200 | 202 | 403 | 404 | 422), "{drift:?}: {code} {body}");
}

struct Act<'a> {
    world: &'a World,
    history: &'a History,
    last: RefCell<Option<(Plan, Seen)>>,
}

impl Act<'_> {
    fn apply(&self, manifests: &Manifests) -> Result<Turn, Vec<String>> {
        let input = Input { name: "truth.yaml".to_owned(), text: manifests.text() };
        let reading = manifest::read(&[input], &self.world.namespace);
        if reading.has_errors() {
            return Ok(Turn::Void);
        }
        self.world.runtime.block_on(async {
            self.history.settled(self.world).await.map_err(alone)?;
            let mark = self.world.mark();
            if let Err(SurveyError::ConfigSource { .. }) =
                survey::plan(&self.world.cluster, &reading, &options(false)).await
            {
                self.nothing_written("a plan that can't be made", &mark)?;
                return Ok(Turn::Refused);
            }
            let planned = self.plan_in_all_ways(&reading).await?;
            let turn = self.carry_out(&planned).await?;
            if matches!(turn, Turn::Applied) {
                self.nothing_is_left(&reading).await?;
            }
            Ok(turn)
        })
    }

    fn destroy(&self, manifests: &Manifests, data: bool) -> Result<Turn, Vec<String>> {
        let namespace = self.world.namespace.clone();
        let targets: Vec<Target> =
            manifests.names().into_iter().map(|name| Target { namespace: namespace.clone(), name }).collect();
        self.world.runtime.block_on(async {
            self.history.settled(self.world).await.map_err(alone)?;
            let how = options(false);
            let destroy = || survey::destroy(&self.world.cluster, &targets, &how, data);
            let plan = match destroy().await {
                Ok(plan) => plan,
                Err(SurveyError::NoRecord { .. }) => return Ok(Turn::Void),
                Err(error) => return Err(alone(format!("plan of destroy: {error}"))),
            };
            let again = destroy().await.map_err(|error| alone(format!("second plan of destroy: {error}")))?;
            same("the same destroy", &plan, &again)?;
            let planned = Planned { plan, fills: Fills::default() };
            let turn = self.carry_out(&planned).await?;
            match destroy().await {
                Err(SurveyError::NoRecord { .. }) => {}
                Ok(left) if !left.summary.changes() => {}
                Ok(left) => return Err(alone(format!("left after destroy: {:?}", changes(&left)))),
                Err(error) => return Err(alone(format!("plan after destroy: {error}"))),
            }
            Ok(turn)
        })
    }

    /// By the fast path, once more, and by asking the server everything: the same plan, and nothing is written.
    async fn plan_in_all_ways(&self, reading: &Reading) -> Result<Planned, Vec<String>> {
        let mark = self.world.mark();
        let planned = self.plan(reading, false).await?;
        same("the same plan made twice", &planned.plan, &self.plan(reading, false).await?.plan)?;
        same("fast path and --server-diff=always", &planned.plan, &self.plan(reading, true).await?.plan)?;
        self.nothing_written("plan", &mark)?;
        Ok(planned)
    }

    async fn plan(&self, reading: &Reading, always: bool) -> Result<Planned, Vec<String>> {
        let planned = survey::plan(&self.world.cluster, reading, &options(always)).await;
        planned.map_err(|error| alone(format!("plan: {error}")))
    }

    /// Applies a plan as the command does, and compares.
    async fn carry_out(&self, planned: &Planned) -> Result<Turn, Vec<String>> {
        let plan = &planned.plan;
        let mark = self.world.mark();
        let (before, position) = (self.history.state(), self.history.position());
        let needed: BTreeSet<String> = plan.allowances.iter().map(|allowance| allowance.name.clone()).collect();
        if plan.notes.iter().any(|note| note.severity == Severity::Error) {
            let result = self.run(planned, needed).await;
            expect_class(&result, ErrorClass::Error, "a plan with errors")?;
            self.history.settled(self.world).await.map_err(alone)?;
            self.nothing_written("a refused apply", &mark)?;
            return Ok(Turn::Refused);
        }
        for left_out in &needed {
            let fewer = needed.iter().filter(|name| *name != left_out).cloned().collect();
            expect_class(&self.run(planned, fewer).await, ErrorClass::Refused, &format!("without {left_out}"))?;
        }
        self.nothing_written("an apply without its allowances", &mark)?;
        let report = match self.run(planned, needed.clone()).await {
            Ok(report) => report,
            Err(error) => return Err(alone(format!("apply: {error}: {:#?}", error.report()))),
        };
        let ended = now(self.world).await;
        self.history.settled(self.world).await.map_err(|restless| alone(format!("after apply {restless}")))?;
        let span = Span { before, after: self.history.state(), events: self.history.since(position), ended };
        let seen =
            Seen { span, writes: self.world.writes_since(&mark), mistakes: self.world.ended_by_mistake_since(&mark) };
        let mut found = disagreements(plan, &seen);
        self.last.replace(Some((plan.clone(), seen)));
        found.extend(report.observed.iter().map(|observed| format!("apply itself observed: {observed}")));
        let done: BTreeSet<&String> = report.done.iter().collect();
        let active: BTreeSet<&String> = plan
            .resource_changes
            .iter()
            .filter(|change| !change.steps.is_empty())
            .map(|change| &change.address)
            .collect();
        if done != active {
            found.push(format!("reported as done {done:?}, planned {active:?}"));
        }
        if !active.is_empty() && found.is_empty() {
            expect_class(&self.run(planned, needed).await, ErrorClass::Stale, "the same plan once more")?;
        }
        if found.is_empty() { Ok(Turn::Applied) } else { Err(found) }
    }

    async fn run(&self, planned: &Planned, allow: BTreeSet<String>) -> Result<Report, ApplyError> {
        let options = ApplyOptions { timeout: Duration::from_secs(60), allow, ..ApplyOptions::default() };
        apply::run(&self.world.cluster, &planned.plan, &planned.fills, &options, |_| ()).await
    }

    /// After an apply there is nothing to do, and doing it writes nothing.
    async fn nothing_is_left(&self, reading: &Reading) -> Result<(), Vec<String>> {
        let mark = self.world.mark();
        for always in [false, true] {
            let planned = self.plan(reading, always).await?;
            if planned.plan.summary.changes() {
                return Err(alone(format!("left after apply (always {always}): {:#?}", changes(&planned.plan))));
            }
            if let Err(error) = self.run(&planned, BTreeSet::new()).await {
                return Err(alone(format!("apply of an empty plan: {error}")));
            }
        }
        self.nothing_written("a plan without changes", &mark)
    }

    fn nothing_written(&self, who: &str, mark: &Mark) -> Result<(), Vec<String>> {
        let writes = self.world.writes_since(mark);
        if writes.is_empty() { Ok(()) } else { Err(alone(format!("{who} wrote {writes:?}"))) }
    }
}

fn options(always_ask: bool) -> Options {
    Options {
        sources: vec!["truth.yaml".to_owned()],
        labeler_image: Some("example/iriskit:1".to_owned()),
        always_ask,
        lifetime: SignedDuration::from_hours(24),
        fingerprints: true,
        policy: iriskit::plan::Policy::default(),
        rollout: iriskit::plan::Rollout::default(),
    }
}

fn alone(text: impl Into<String>) -> Vec<String> {
    vec![text.into()]
}

fn expect_class(result: &Result<Report, ApplyError>, wanted: ErrorClass, what: &str) -> Result<(), Vec<String>> {
    match result {
        Err(error) if error.class() == wanted => Ok(()),
        Err(error) => Err(alone(format!("{what}: expected {wanted:?}, got {:?}: {error}", error.class()))),
        Ok(_) => Err(alone(format!("{what}: expected {wanted:?}, it was done"))),
    }
}

/// Two plans are the same but for ids, times and salts.
fn same(what: &str, one: &Plan, other: &Plan) -> Result<(), Vec<String>> {
    let (one, other) = (timeless(one), timeless(other));
    if one == other {
        return Ok(());
    }
    let (one, other) = (serde_json::to_string_pretty(&one).unwrap(), serde_json::to_string_pretty(&other).unwrap());
    let diff = similar::TextDiff::from_lines(&one, &other);
    Err(alone(format!("{what} differ:\n{}", diff.unified_diff().context_radius(6))))
}

fn timeless(plan: &Plan) -> Value {
    let mut value = serde_json::to_value(plan).unwrap();
    for member in ["id", "digest", "created_at", "expires_at"] {
        value[member] = Value::Null;
    }
    unsalted(&mut value);
    value
}

/// Salts, and the hashes that are made with them.
fn unsalted(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(unsalted),
        Value::Object(members) => {
            if members.contains_key("salt") {
                members.remove("salt");
                members.remove("hash");
            }
            for mark in ["secret", "sealed"] {
                if members.get(mark).is_some_and(|pair| pair.as_array().is_some_and(|pair| pair.len() == 2)) {
                    members.insert(mark.to_owned(), Value::Null);
                }
            }
            members.values_mut().for_each(unsalted);
        }
        _ => {}
    }
}

/// What a plan does, in short.
fn changes(plan: &Plan) -> Vec<String> {
    let active = plan.resource_changes.iter().filter(|change| !change.is_no_op());
    active
        .map(|change| {
            let fields: Vec<_> = change.fields.iter().map(|field| &field.path).collect();
            format!("{} {:?} {:?} {fields:?}", change.address, change.change.actions, change.action_reason)
        })
        .collect()
}
