//! Runs that something comes into the way of: what was done by then is a beginning of the plan, nothing is lost, what the next plan
//! says is true again, and in the end there is what the plan said.

use std::time::Duration;

use iriskit::{
    apply::{lock_report, release_lock},
    survey::Planned,
};
use iriskit_core::{manifest::Reading, plan::OwnerName};
use iriskit_state::plan::{NoteId, Plan, PodEffect};
use serde_json::{Value, json};

use crate::{
    compare::differences_in_sum,
    cut_off::{Others, excesses, is_ready, passed_stages},
    drift::cause_drift,
    history::now,
    manifests::Manifests,
    moved,
    outcome::{DONE, ERROR, INCOMPLETE, LOCKED, Outcome, STALE},
    place::KINDS,
    scenario::{Disturbance, Drift, Edit},
    step::{Begun, Execution, PATIENCE, StepRun, Transition, finding, has_errors, needed},
};

/// How many runs it may take until nothing is left to do.
const RUNS: usize = 4;
/// How long pods are waited for that do not get ready.
const SHORT: Duration = Duration::from_secs(4);
const HOLD: &str = "iriskit-test/hold";

impl StepRun<'_> {
    /// `before`: what the manifests were.
    pub(crate) fn apply_disturbed(
        &self,
        before: &Manifests,
        manifests: &Manifests,
        disturbance: &Disturbance,
    ) -> Result<Transition, Vec<String>> {
        let reading = self.read(manifests);
        if reading.has_errors() {
            return Ok(Transition::NothingToCompare);
        }
        self.world.runtime.block_on(async {
            self.history.settled(self.world).await.map_err(finding)?;
            if let Some(binary) = &self.binary {
                binary.write(&manifests.text());
            }
            match disturbance {
                Disturbance::Killed { after, expires } => self.killed(&reading, *after, *expires).await,
                Disturbance::Meanwhile(after, drift) => Box::pin(self.meanwhile(&reading, *after, drift)).await,
                Disturbance::Held(nodes) => {
                    let held =
                        with(manifests, &pointer(nodes, "/podTemplate/metadata/annotations"), json!({HOLD: "true"}));
                    self.unready(manifests, &held, true).await
                }
                Disturbance::NoSuchImage(nodes) => {
                    let image = json!("containers.intersystems.com/intersystems/iris:no-such-tag");
                    self.unready(manifests, &with(manifests, &pointer(nodes, "/image"), image), false).await
                }
                Disturbance::Quota { room, after_plan } => self.over_quota(&reading, *room, *after_plan).await,
                Disturbance::Another(edit) => self.after_another(&reading, before, edit).await,
                Disturbance::AtOnce => self.at_once(&reading).await,
            }
        })
    }

    fn count(&self, what: &'static str) {
        self.disturbed.borrow_mut().push(what);
    }

    /// Plans and applies until nothing is left to do.
    async fn go_on(&self, reading: &Reading) -> Result<Transition, Vec<String>> {
        for run in 0..RUNS {
            let Some(planned) = self.planned(reading).await? else { return Ok(Transition::Refused) };
            let was_killed = planned.runs.iter().any(|seen| seen.run.is_some());
            if run > 0 && !planned.plan.summary.changes() && !was_killed {
                self.nothing_is_left(reading).await?;
                return Ok(Transition::Applied);
            }
            let done = self.carry_out(&planned, &planned.plan, Execution::Saved).await;
            if let Transition::Refused = done.map_err(|found| told(&format!("run {run} after it"), found))? {
                return Ok(Transition::Refused);
            }
        }
        Err(finding(format!("after {RUNS} runs something is left to do")))
    }

    /// A plan that has something to do; `Err` holds what came of one that has not.
    async fn active(&self, reading: &Reading) -> Result<Result<Planned, Transition>, Vec<String>> {
        let Some(planned) = self.planned(reading).await? else { return Ok(Err(Transition::Refused)) };
        if has_errors(&planned.plan) || !planned.plan.summary.changes() {
            return self.carry_out(&planned, &planned.plan, Execution::Saved).await.map(Err);
        }
        Ok(Ok(planned))
    }

    /// Compares a run that nothing came into the way of after all.
    async fn undisturbed(
        &self,
        reading: &Reading,
        planned: &Planned,
        outcome: &Outcome,
        begun: Begun,
    ) -> Result<Transition, Vec<String>> {
        let transition = self.judge(planned, &planned.plan, Execution::Saved, outcome, begun).await?;
        self.nothing_is_left(reading).await?;
        Ok(transition)
    }

    async fn killed(&self, reading: &Reading, after: usize, expires: bool) -> Result<Transition, Vec<String>> {
        let planned = match self.active(reading).await? {
            Ok(planned) => planned,
            Err(transition) => return Ok(transition),
        };
        let begun = self.begin();
        let moment = self.history.until_happened(begun.happened, after);
        let ended = if let Some(binary) = &self.binary {
            binary.apply_killed(&needed(&planned.plan), moment).await
        } else {
            tokio::select! {
                biased;
                () = moment => None,
                ended = self.run_by_library(&planned, needed(&planned.plan)) => Some(ended),
            }
        };
        if let Some(outcome) = ended {
            return self.undisturbed(reading, &planned, &outcome, begun).await;
        }
        self.count("killed");
        self.history.quiet(self.world).await.map_err(finding)?;
        let seen = self.seen(begun.clone(), now(self.world).await);
        let found = excesses(&planned.plan, &seen, &Others::default());
        if !found.is_empty() {
            return Err(told("killed", found));
        }
        self.free(&planned.plan, expires).await?;
        let transition = self.go_on(reading).await.map_err(|found| told("killed", found))?;
        if let Transition::Refused = transition {
            return Err(finding("killed, and what should go on is refused"));
        }
        let sum = self.seen(begun, now(self.world).await).span;
        let found = differences_in_sum(&planned.plan, &sum);
        if found.is_empty() { Ok(transition) } else { Err(told("killed, in the end", found)) }
    }

    /// Frees the locks that a killed run left.
    async fn free(&self, plan: &Plan, expires: bool) -> Result<(), Vec<String>> {
        if expires {
            tokio::time::sleep(Duration::from_secs(61)).await;
            return Ok(());
        }
        let names: Vec<String> = plan.owners.iter().map(|owner| owner.name.clone()).collect();
        if let Some(binary) = &self.binary {
            for name in &names {
                binary.release(name).await.expect(DONE, "lock release")?;
            }
            return Ok(());
        }
        for owner in &plan.owners {
            let names = [owner.name.clone()];
            let report = lock_report(&self.world.cluster, &owner.namespace, &names).await;
            for lock in report.map_err(|error| finding(error.to_string()))?.clusters {
                let owner = OwnerName { namespace: owner.namespace.clone(), name: owner.name.clone() };
                let released = release_lock(&self.world.cluster, &owner, &lock).await;
                released.map_err(|error| finding(error.to_string()))?;
            }
        }
        Ok(())
    }

    async fn meanwhile(&self, reading: &Reading, after: usize, drift: &Drift) -> Result<Transition, Vec<String>> {
        let planned = match self.active(reading).await? {
            Ok(planned) => planned,
            Err(transition) => return Ok(transition),
        };
        let begun = self.begin();
        let happened = begun.happened;
        let theirs = async move {
            self.history.until_happened(happened, after).await;
            cause_drift(self.world, drift).await;
        };
        let mut acted = false;
        let run = self.run(&planned, needed(&planned.plan));
        tokio::pin!(run, theirs);
        let outcome = loop {
            tokio::select! {
                outcome = &mut run => break outcome,
                () = &mut theirs, if !acted => acted = true,
            }
        };
        if !acted {
            return self.undisturbed(reading, &planned, &outcome, begun).await;
        }
        self.count("edited meanwhile");
        if ![DONE, STALE, INCOMPLETE].contains(&outcome.code) {
            return Err(finding(format!("{drift:?} meanwhile: it ended with {}: {}", outcome.code, outcome.text)));
        }
        self.history.quiet(self.world).await.map_err(finding)?;
        let seen = self.seen(begun, now(self.world).await);
        let found = excesses(&planned.plan, &seen, &others_of(drift));
        if !found.is_empty() {
            return Err(told(&format!("{drift:?} meanwhile, ended with {}", outcome.code), found));
        }
        self.go_on(reading).await.map_err(|found| told(&format!("{drift:?} meanwhile"), found))
    }

    /// Pods do not get ready: the run says so and passes no stage, and so does the next one. Then they do (`released`), or the
    /// manifests are taken back.
    async fn unready(
        &self,
        calm: &Manifests,
        manifests: &Manifests,
        released: bool,
    ) -> Result<Transition, Vec<String>> {
        let (calm_reading, reading) = (self.read(calm), self.read(manifests));
        if reading.has_errors() || calm_reading.has_errors() {
            return Ok(Transition::NothingToCompare);
        }
        if let Some(binary) = &self.binary {
            binary.write(&manifests.text());
        }
        let planned = match self.active(&reading).await? {
            Ok(planned) => planned,
            Err(transition) => return Ok(transition),
        };
        self.timeout.set(SHORT);
        let begun = self.begin();
        let outcome = self.run(&planned, needed(&planned.plan)).await;
        if outcome.code == DONE {
            self.timeout.set(PATIENCE);
            self.undisturbed(&reading, &planned, &outcome, begun).await?;
        } else {
            self.count("not ready");
            outcome.expect(INCOMPLETE, "pods do not get ready")?;
            self.quiet_and_unready(&planned.plan, begun).await?;
            self.says_what_is_not_ready(&reading).await?;
            self.timeout.set(PATIENCE);
            if released {
                let ready = tokio::select! {
                    ready = self.history.settled(self.world) => ready,
                    () = self.releasing() => unreachable!("it goes on for ever"),
                };
                ready.map_err(|reason| finding(format!("released, and {reason}")))?;
                let helped = tokio::select! {
                    helped = self.go_on(&reading) => helped,
                    () = self.releasing() => unreachable!("it goes on for ever"),
                };
                helped.map_err(|found| told("released", found))?;
            }
        }
        if let Some(binary) = &self.binary {
            binary.write(&calm.text());
        }
        let back = tokio::select! {
            back = self.go_on(&calm_reading) => back,
            () = self.releasing() => unreachable!("it goes on for ever"),
        };
        back.map_err(|found| told("taken back", found))
    }

    /// Of a run that ended while something was not ready.
    async fn quiet_and_unready(&self, plan: &Plan, begun: Begun) -> Result<(), Vec<String>> {
        self.history.quiet(self.world).await.map_err(finding)?;
        let seen = self.seen(begun, now(self.world).await);
        let mut found = excesses(plan, &seen, &Others::default());
        found.extend(passed_stages(plan, &seen));
        if self.history.unsettled().is_none() {
            found.push("it ended with 5, and everything is ready".to_owned());
        }
        if found.is_empty() { Ok(()) } else { Err(told("not ready", found)) }
    }

    /// The next plan names the sets that are not ready, and its run waits for them as the first one did.
    async fn says_what_is_not_ready(&self, reading: &Reading) -> Result<(), Vec<String>> {
        let Some(planned) = self.planned(reading).await? else { return Ok(()) };
        if has_errors(&planned.plan) {
            return Ok(());
        }
        let state = self.history.state();
        for change in planned.plan.resource_changes.iter().filter(|change| change.kind == "StatefulSet") {
            let is_told = planned.plan.not_ready.iter().any(|one| one.address == change.address);
            if state.contains_key(&format!("StatefulSet/{}", change.name))
                && !is_ready(&state, &change.name)
                && !is_told
            {
                return Err(finding(format!("{} is not ready, and the plan does not say it", change.address)));
            }
        }
        let begun = self.begin();
        let outcome = self.run(&planned, needed(&planned.plan)).await;
        if outcome.code == DONE && self.history.settled(self.world).await.is_ok() {
            return Ok(());
        }
        outcome.expect(INCOMPLETE, "pods still do not get ready")?;
        self.quiet_and_unready(&planned.plan, begun).await
    }

    /// Somebody helps every pod that is held.
    async fn releasing(&self) {
        loop {
            let (_, list) = self.world.ask("GET", "pods", "application/json", None).await;
            for pod in list["items"].as_array().into_iter().flatten() {
                if pod["metadata"]["annotations"][HOLD].is_string() {
                    let patch = json!({"metadata": {"annotations": {HOLD: null}}});
                    let object = format!("pods/{}", crate::history::name(pod));
                    self.world.ask("PATCH", &object, "application/merge-patch+json", Some(&patch)).await;
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn over_quota(&self, reading: &Reading, room: usize, after_plan: bool) -> Result<Transition, Vec<String>> {
        if !after_plan {
            self.set_quota(Some(room)).await?;
        }
        let Some(planned) = self.planned(reading).await? else {
            self.set_quota(None).await?;
            return self.go_on(reading).await;
        };
        let made = pods_made(&planned.plan);
        let is_active = planned.plan.summary.changes() && !has_errors(&planned.plan);
        let fits = made <= room;
        let mut found = Vec::new();
        if after_plan && is_active && !fits {
            self.count("over a quota");
            self.set_quota(Some(room)).await?;
            let mark = self.world.mark();
            let outcome = self.run(&planned, needed(&planned.plan)).await;
            if ![ERROR, STALE].contains(&outcome.code) {
                found.push(format!("{made} pods, room for {room}: it ended with {}: {}", outcome.code, outcome.text));
            }
            found.extend(self.nothing_written("an apply over the quota", &mark).err().into_iter().flatten());
        } else {
            if after_plan && is_active {
                self.set_quota(Some(room)).await?;
            }
            self.count("within a quota");
            let is_exceeded = |id: NoteId| matches!(id, NoteId::QuotaExceeded | NoteId::PodsRefused);
            let refused = planned.plan.notes.iter().any(|note| is_exceeded(note.id));
            let makes_others = planned.plan.resource_changes.iter().any(|change| change.kind == "Deployment");
            if refused && fits && !makes_others {
                found.push(format!("{made} pods, room for {room}: it is refused"));
            }
            found.extend(self.carry_out(&planned, &planned.plan, Execution::Saved).await.err().into_iter().flatten());
        }
        self.set_quota(None).await?;
        if !found.is_empty() {
            return Err(told("quota", found));
        }
        self.go_on(reading).await
    }

    /// A quota for so many more pods than there are; `None` takes it away.
    async fn set_quota(&self, room: Option<usize>) -> Result<(), Vec<String>> {
        let path = |tail: &str| format!("/api/v1/namespaces/{}/resourcequotas{tail}", self.world.namespace);
        let Some(room) = room else {
            self.world.ask_path("DELETE", &path("/pods"), None).await;
            return Ok(());
        };
        let pods =
            self.history.state().keys().filter(|id| id.starts_with("Pod/") || id.starts_with("Replica/")).count();
        let body = json!({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "pods"},
            "spec": {"hard": {"pods": (pods + room).to_string()}}});
        let (code, answer) = self.world.ask_path("POST", &path(""), Some(&body)).await;
        if code != 201 {
            return Err(finding(format!("quota: {code} {answer}")));
        }
        for _ in 0..1000 {
            let (_, quota) = self.world.ask_path("GET", &path("/pods"), None).await;
            if quota["status"]["used"]["pods"] == json!(pods.to_string()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(finding("the quota is not counted"))
    }

    /// Another user applied something else between the plan and its apply.
    async fn after_another(
        &self,
        reading: &Reading,
        before: &Manifests,
        edit: &Edit,
    ) -> Result<Transition, Vec<String>> {
        let planned = match self.active(reading).await? {
            Ok(planned) => planned,
            Err(transition) => return Ok(transition),
        };
        let wanted = self.wanted(reading).await?;
        let then = self.state().await;
        let mut other = before.clone();
        if self.world.serves(edit) {
            other.edit(edit);
        }
        let other = self.read(&other);
        let theirs = if other.has_errors() { None } else { self.plan(&other, false).await.ok() };
        let theirs = theirs.filter(|theirs| theirs.plan.summary.changes() && !has_errors(&theirs.plan));
        if let Some(theirs) = &theirs {
            let outcome = self.run_by_library(theirs, needed(&theirs.plan)).await;
            outcome.expect(DONE, "the other user's apply")?;
            self.history.settled(self.world).await.map_err(finding)?;
            self.count("after another user");
            let reasons = moved::reasons(&planned.plan, &wanted, &then, &self.state().await);
            let mark = self.world.mark();
            let outcome = self.run(&planned, needed(&planned.plan)).await;
            if !reasons.is_empty() || outcome.code != DONE {
                // Who has just planned is told that somebody was there, who saved a plan that it is stale.
                if ![STALE, LOCKED].contains(&outcome.code) {
                    outcome.expect(STALE, &format!("another user was there: {reasons:?}"))?;
                }
                self.nothing_written("a stale apply", &mark)?;
            }
            self.history.settled(self.world).await.map_err(finding)?;
        }
        self.go_on(reading).await
    }

    /// Two users at once: one works, the other does nothing.
    async fn at_once(&self, reading: &Reading) -> Result<Transition, Vec<String>> {
        let planned = match self.active(reading).await? {
            Ok(planned) => planned,
            Err(transition) => return Ok(transition),
        };
        let theirs = self.plan(reading, false).await?;
        let begun = self.begin();
        let needed = needed(&planned.plan);
        let (one, other) = tokio::join!(self.run(&planned, needed.clone()), self.run_by_library(&theirs, needed));
        self.count("at the same time as another user");
        let (winner, loser) = if one.code == DONE { ((&planned, one), other) } else { ((&theirs, other), one) };
        if ![LOCKED, STALE].contains(&loser.code) {
            return Err(finding(format!("the second of two users ended with {}: {}", loser.code, loser.text)));
        }
        let (plan, outcome) = winner;
        self.undisturbed(reading, plan, &outcome, begun).await
    }
}

/// Pods that a plan adds.
fn pods_made(plan: &Plan) -> usize {
    let pods = plan.resource_changes.iter().flat_map(|change| &change.impact.pods);
    let count = |wanted: PodEffect| pods.clone().filter(|pod| pod.effect == wanted).count();
    count(PodEffect::Created)
}

/// A field of the first cluster's nodes.
fn pointer(nodes: &str, field: &str) -> String {
    format!("/spec/topology/{nodes}{field}")
}

fn with(manifests: &Manifests, pointer: &str, value: Value) -> Manifests {
    let mut changed = manifests.clone();
    changed.set(0, pointer, value);
    changed
}

/// What a drift may have done besides the run.
fn others_of(drift: &Drift) -> Others {
    let (Drift::Patch(_, object, _) | Drift::Apply(_, object, _) | Drift::Share(_, object, _) | Drift::Delete(object)) =
        drift
    else {
        return Others::default();
    };
    let (plural, name) = object.split_once('/').unwrap_or_default();
    let name = name.split('/').next().unwrap_or_default();
    let kind = KINDS.iter().find(|(known, ..)| *known == plural).map_or("?", |(.., kind)| kind);
    // Data nodes are called otherwise in a mirror.
    let names = [name.to_owned(), format!("{name}-0"), name.strip_suffix("-0").unwrap_or(name).to_owned()];
    Others {
        objects: names.iter().map(|name| format!("{kind}/{name}")).collect(),
        pods: matches!(plural, "pods" | "statefulsets" | "persistentvolumeclaims" | "serviceaccounts"),
    }
}

fn told(when: &str, found: Vec<String>) -> Vec<String> {
    found.into_iter().map(|one| format!("{when}: {one}")).collect()
}
