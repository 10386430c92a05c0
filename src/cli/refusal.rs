//! Why a plan was not applied, in words.

use iriskit_state::{
    plan::{Blocked, Observed, Plan},
    record::PlanState,
};
use jiff::Timestamp;
use serde_json::Value;

use super::{CliError, ErrorId, ExitCode, replan};
use crate::{
    apply::{ApplyError, Differs, ErrorClass, LockedBy, Moved},
    view::moment,
};
use iriskit_core::{
    diff::ANNOTATION,
    plan::{Contradiction, FieldOutcome, PROTECT},
};
use iriskit_kubernetes::schema::Path;

/// The same below a report that says why something failed: that is told once.
pub(super) fn below_report(error: &ApplyError, plan: &Plan) -> CliError {
    if let ApplyError::Incomplete { report } = error
        && let Some((address, _)) = &report.failed
    {
        let text = format!("{} failed: the report says why", address.replacen('/', " ", 1));
        return CliError::with(ExitCode::Incomplete, ErrorId::ApplyIncomplete, text);
    }
    of(error, plan)
}

/// The error for the person who ran the command.
pub(super) fn of(error: &ApplyError, plan: &Plan) -> CliError {
    let exit = match error.class() {
        ErrorClass::Error => ExitCode::Error,
        ErrorClass::Stale => ExitCode::Stale,
        ErrorClass::Locked => ExitCode::Locked,
        ErrorClass::Incomplete => ExitCode::Incomplete,
        ErrorClass::Refused => ExitCode::Refused,
        ErrorClass::Interrupted => ExitCode::Interrupted,
    };
    let now = Timestamp::now().to_string();
    let untouched = "nothing was written";
    match error {
        ApplyError::Stale { moved } => {
            let age = moment::ago(&plan.created_at, &now);
            let text = format!("the cluster changed since this plan was made ({age}); {untouched}");
            again(details(CliError::with(exit, ErrorId::PlanStale, text), moved, &now), plan)
        }
        ApplyError::Overtaken { found } => {
            let age = moment::ago(&plan.created_at, &now);
            let text = format!("what runs does not stand as it did when this plan was made ({age}); {untouched}");
            again(contradicting(CliError::with(exit, ErrorId::PlanStale, text), found), plan)
        }
        ApplyError::MidwayStale { moved, .. } => {
            let text = "the cluster changed while the plan was applied; the report above lists what was done";
            details(CliError::with(exit, ErrorId::PlanStale, text), moved, &now)
        }
        ApplyError::Used { owner, state, at } => {
            let how = match state {
                PlanState::Done => "applied already",
                PlanState::Started => "begun already, and is applied at most once",
            };
            let at = moment::absolute(at);
            let text = format!("this plan was {how} (record of {owner}, {at}); {untouched}");
            again(CliError::with(exit, ErrorId::PlanUsed, text), plan)
        }
        ApplyError::Expired { at } => {
            let (until, ago) = (moment::absolute(at), moment::ago(at, &now));
            let made = moment::absolute(&plan.created_at);
            let text = format!("this plan expired {ago}: it was made {made} and valid until {until}; {untouched}");
            let error = again(CliError::with(exit, ErrorId::PlanExpired, text), plan);
            error.help("`iriskit plan --plan-lifetime TIME` makes a plan that is valid longer")
        }
        ApplyError::Locked { owner, by } => locked(exit, owner, by),
        ApplyError::LockLost { reason, .. } => {
            let text = format!("the lock was lost, so nothing more was sent: {reason}");
            CliError::with(exit, ErrorId::Locked, text)
                .help("see who works: iriskit lock status; then run the command again")
        }
        ApplyError::OtherCluster { .. } => CliError::with(exit, ErrorId::OtherCluster, format!("{error}; {untouched}"))
            .help("`--context NAME` chooses the cluster that it was made for"),
        ApplyError::Fill(_) => CliError::with(exit, ErrorId::SecretValues, format!("{error}; {untouched}"))
            .help("give the manifests that the plan was made from, unchanged: iriskit apply PLANFILE FILE…"),
        ApplyError::Rights { missing } => {
            let error = CliError::with(exit, ErrorId::RightsMissing, format!("rights are missing; {untouched}"));
            missing.iter().fold(error, |error, right| error.detail(right.to_string()))
        }
        ApplyError::Refused { refusals } => {
            let error =
                CliError::with(exit, ErrorId::ServerRefuses, format!("the server refuses the plan; {untouched}"));
            refusals.iter().fold(error, |error, one| error.detail(format!("{}: {}", spoken(&one.address), one.message)))
        }
        ApplyError::Differs { differs } => {
            let text = format!("the server would now store something else than this plan says; {untouched}");
            let error = differs.iter().fold(CliError::with(exit, ErrorId::ServerDiffers, text), differing);
            again(error.help("an admission policy or webhook changed since the plan was made"), plan)
        }
        ApplyError::Contradicts { found } => {
            let text = format!("the plan does not do what it says; {untouched}");
            contradicting(CliError::with(exit, ErrorId::PlanContradicts, text), found)
                .help("iriskit makes no such plan: it was changed after it was made; plan again")
        }
        ApplyError::Unsaid { found } => {
            let text = format!("the plan does not say all that it would do now; {untouched}");
            again(contradicting(CliError::with(exit, ErrorId::PlanContradicts, text), found), plan)
        }
        ApplyError::Protected { blocked } => protected(blocked, plan, &now),
        ApplyError::Allowances { .. } => {
            CliError::with(exit, ErrorId::AllowanceMissing, format!("{error}; {untouched}"))
        }
        ApplyError::NotApplicable { .. } => CliError::with(exit, ErrorId::PlanBlocked, format!("{error}; {untouched}")),
        ApplyError::Record { .. } => CliError::with(exit, ErrorId::Record, format!("{error}; {untouched}")),
        ApplyError::Api { .. } | ApplyError::Unchecked { .. } => {
            CliError::with(exit, ErrorId::RequestFailed, format!("{error}; {untouched}"))
        }
        ApplyError::Incomplete { report } if report.failed.is_none() && !report.observed.is_empty() => {
            CliError::with(exit, ErrorId::ApplyIncomplete, "the result is not what was planned; see above")
        }
        ApplyError::Incomplete { .. } => CliError::with(exit, ErrorId::ApplyIncomplete, error.to_string()),
        ApplyError::Interrupted { .. } => {
            CliError::with(exit, ErrorId::Interrupted, "stopped before everything was done")
        }
    }
}

/// Who works, and what to do then.
fn locked(exit: ExitCode, owner: &str, by: &LockedBy) -> CliError {
    let error = CliError::with(exit, ErrorId::Locked, format!("{by} {owner}; nothing was written"));
    let (namespace, name) = owner.split_once('/').unwrap_or_default();
    match by {
        LockedBy::Now(_) => error
            .help("`--lock-timeout 10m` waits for it, and plans when it is done")
            .help(format!("how it stands: iriskit lock status {name} --namespace {namespace}")),
        LockedBy::Meanwhile(_) => error.help("run the command again"),
    }
}

/// What may not be deleted, by whom it was said, and how to lift it.
pub(super) fn protected(blocked: &[Blocked], plan: &Plan, now: &str) -> CliError {
    let text = "the plan deletes what is protected; nothing was written";
    let mut error = CliError::new(ErrorId::Protected, text);
    let mut lifts = Vec::new();
    for one in blocked {
        let by = match (&one.by, &one.at) {
            (Some(by), Some(at)) => format!("protected by {by}, {}", moment::ago(at, now)),
            (Some(by), None) => format!("protected by {by}"),
            _ => "protected".to_owned(),
        };
        let through =
            if one.protected == one.address { String::new() } else { format!(" through {}", spoken(&one.protected)) };
        error = error.detail(format!("{}: {by}{through}", spoken(&one.address)));
        lifts.push(lift(&one.protected));
    }
    lifts.dedup();
    let error = lifts.into_iter().fold(error, |error, command| error.help(format!("to lift it: {command}")));
    again(error, plan)
}

/// The command that removes the annotation.
fn lift(address: &str) -> String {
    match address.split('/').collect::<Vec<_>>().as_slice() {
        [kind, namespace, name] => format!("kubectl annotate {} {name} -n {namespace} {PROTECT}-", kind.to_lowercase()),
        [kind, name] => format!("kubectl annotate {} {name} {PROTECT}-", kind.to_lowercase()),
        _ => String::new(),
    }
}

/// Each field that moved: what the plan saw, what is there now, whose doing it was.
fn details(mut error: CliError, moved: &[Moved], now: &str) -> CliError {
    for field in told(moved) {
        let whole = field.field == "metadata.uid";
        let verb = if whole { "made" } else { "set" };
        let who = match (&field.who, &field.when) {
            (Some(who), Some(when)) => format!("   {verb} by {who}, {}", moment::ago(when, now)),
            (Some(who), None) => format!("   {verb} by {who}"),
            (None, Some(when)) => format!("   {verb} {}", moment::ago(when, now)),
            (None, None) => String::new(),
        };
        let (about, then, is) = if whole {
            let there = |uid: Option<&Observed>| match uid {
                Some(uid) => format!("there, with uid {}", seen(Some(uid))),
                None => "not there".to_owned(),
            };
            (spoken(&field.address), there(field.then.as_ref()), there(field.now.as_ref()))
        } else {
            let about = format!("{}   {}", spoken(&field.address), human(&field.field));
            (about, seen(field.then.as_ref()), seen(field.now.as_ref()))
        };
        error = error
            .detail(about)
            .detail(format!("   planned from   {then}"))
            .detail(format!("   now            {is}{who}"));
    }
    error
}

fn contradicting(error: CliError, found: &[Contradiction]) -> CliError {
    found.iter().fold(error, |error, one| error.detail(one.to_string()))
}

/// A field that would become something else.
fn differing(error: CliError, one: &Differs) -> CliError {
    let outcome = |outcome: &FieldOutcome| match outcome {
        FieldOutcome::Unchanged => "no change".to_owned(),
        FieldOutcome::Becomes(Value::Null) => "nothing".to_owned(),
        FieldOutcome::Becomes(Value::String(text)) => text.clone(),
        FieldOutcome::Becomes(value) => value.to_string(),
    };
    error
        .detail(format!("{}   {}", spoken(&one.address), one.field.path))
        .detail(format!("   planned   {}", outcome(&one.field.planned)))
        .detail(format!("   now       {}", outcome(&one.field.now)))
}

/// Our own annotations change with everything else: they are reported only when nothing else is.
fn told(moved: &[Moved]) -> Vec<&Moved> {
    let others: Vec<_> = moved.iter().filter(|field| !field.field.ends_with(ANNOTATION)).collect();
    if others.is_empty() { moved.iter().collect() } else { others }
}

/// `spec.template.spec.containers[iris].image`.
fn human(path: &str) -> String {
    Path::parse(path).map_or_else(|_| path.to_owned(), |path| path.to_human())
}

fn seen(value: Option<&Observed>) -> String {
    match value {
        None | Some(Observed::Absent) => "nothing".to_owned(),
        Some(Observed::Value(Value::String(text))) => text.clone(),
        Some(Observed::Value(value)) => value.to_string(),
        Some(Observed::Sha256(digest)) => format!("a long value ({}…)", digest.chars().take(12).collect::<String>()),
        Some(Observed::Secret(..) | Observed::Sealed(..)) => "(sensitive)".to_owned(),
    }
}

fn again(error: CliError, plan: &Plan) -> CliError {
    error.help(format!("plan again: {}", replan::plan_again(plan)))
}

/// `Service simple` for `Service/hospital/simple`.
fn spoken(address: &str) -> String {
    address.replacen('/', " ", 1)
}
