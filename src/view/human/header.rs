//! The top of the plan: where it happens, to what, and what is at stake.

use iriskit_state::plan::{AllowanceName, ImpactClass, Operation, Plan, PodEffect, PodImpact, RuleId};

use super::facts::Facts;
use crate::ui::{Label, pad, plural, times};
use crate::view::{
    moment::{absolute, ago},
    page::{Page, Piece},
};

/// More IrisClusters than this are counted, not named.
const OWNERS_SHOWN: usize = 8;
/// More pods than this are counted, and the first of them named.
const PODS_SHOWN: usize = 6;

/// More reasons than this are counted, and the first of them said.
const REASONS_SHOWN: usize = 3;
/// Digits of the plan's id.
const ID_SHOWN: usize = 12;

/// Writes it.
pub(super) fn write(page: &mut Page, facts: &Facts<'_>) {
    let plan = facts.plan;
    let owners = owners(plan);
    let column = owners.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).clamp(9, 28) + 2;

    page.fact((Label::Faint, "cluster"), column, 2, &place(plan));
    for (name, summary) in &owners {
        page.fact((Label::Object, name), column, 2, &[Piece::new(Label::Plain, summary.as_str())]);
    }
    if !plan.digest.is_empty() {
        let made = format!("made {}", absolute(&plan.created_at));
        let until = format!("valid until {}", absolute(&plan.expires_at));
        let id: String = plan.id.chars().take(ID_SHOWN).collect();
        let parts = [id.into(), made.into(), until.into()];
        page.fact((Label::Faint, "plan"), column, 2, &parts.map(|text| Piece { label: Label::Plain, text }));
    }
    if let Some(from) = &plan.snapshot {
        let text = format!("taken {} ({})", absolute(&from.taken_at), ago(&from.taken_at, &plan.created_at));
        page.fact((Label::Faint, "snapshot"), column, 2, &[Piece::new(Label::Interrupts, text)]);
    }
    let (unverified, all) = facts.unverified();
    if unverified > 0 {
        let why = match &plan.snapshot {
            Some(_) => "no server was asked; apply asks before it writes",
            None => "the right to have the server check is missing",
        };
        let text = format!("{unverified} of {}: {why}", plural(all, "change"));
        page.fact((Label::Faint, "unverified"), column, 2, &[Piece::new(Label::Interrupts, text)]);
    }
    if plan.summary.changes() {
        page.blank();
        stakes(page, facts, column);
    }
}

fn place(plan: &Plan) -> Vec<Piece<'_>> {
    let cluster = &plan.cluster;
    let mut parts = vec![Piece::new(Label::Place, cluster.context.as_str())];
    if cluster.context == "sandbox" {
        parts.push(Piece::new(Label::Plain, format!("{} (not a real cluster)", cluster.server)));
    } else {
        parts.push(Piece::new(Label::Plain, cluster.server.as_str()));
    }
    for (name, identity) in &cluster.namespaces {
        let missing = if identity.exists { "" } else { " (does not exist yet)" };
        parts.push(Piece::new(Label::Place, format!("namespace {name}{missing}")));
    }
    if let Some(user) = &cluster.user {
        parts.push(Piece::new(Label::Plain, format!("user {user}")));
    }
    parts
}

fn owners(plan: &Plan) -> Vec<(String, String)> {
    let several =
        plan.owners.iter().any(|owner| plan.owners.first().is_some_and(|one| one.namespace != owner.namespace));
    let row = |owner: &iriskit_state::plan::Owner| {
        let name = if several { format!("{}/{}", owner.namespace, owner.name) } else { owner.name.clone() };
        let destroyed = plan.operation == Operation::Destroy && owner.summary.is_empty();
        (name, if destroyed { "is destroyed".to_owned() } else { owner.summary.clone() })
    };
    let mut rows: Vec<_> = plan.owners.iter().take(OWNERS_SHOWN).map(row).collect();
    if let more @ 1.. = plan.owners.len().saturating_sub(OWNERS_SHOWN) {
        rows.push(("…".to_owned(), format!("and {} more", plural(more, "IrisCluster"))));
    }
    rows
}

/// What is at stake: restarts, the primary, volumes, allowances.
fn stakes(page: &mut Page, facts: &Facts<'_>, column: usize) {
    let plan = facts.plan;
    let restarts = facts.pods(PodEffect::Restarts);
    if restarts.is_empty() && !facts.destroys() {
        page.fact((Label::Faint, "restarts"), column, 2, &[Piece::new(Label::Calm, "nothing that runs")]);
    }
    if !restarts.is_empty() {
        page.fact((Label::Faint, "restarts"), column, 1, &pods(&restarts, Label::Interrupts));
        let (label, text) = match plan.impact.primary_moves {
            0 => (Label::Calm, "does not move".to_owned()),
            moves => (Label::Interrupts, format!("moves {}", times(moves))),
        };
        page.fact((Label::Faint, "primary"), column, 2, &[Piece::new(label, text)]);
    }
    let deleted = facts.pods(PodEffect::Deleted);
    if !deleted.is_empty() {
        page.fact((Label::Faint, "deletes"), column, 1, &pods(&deleted, Label::Removed));
    }
    if plan.impact.class == ImpactClass::Outage && !facts.destroys() {
        let mut said: Vec<&str> =
            plan.resource_changes.iter().flat_map(|change| &change.impact.unavailable).map(String::as_str).collect();
        said.dedup();
        let parts: Vec<_> = said.into_iter().map(|text| Piece::new(Label::Interrupts, text)).collect();
        page.fact((Label::Faint, "outage"), column, 2, &parts);
    }
    page.fact((Label::Faint, "volumes"), column, 2, &volumes(plan));
    if plan.allowances.is_empty() {
        return;
    }
    let flag = |name: AllowanceName| format!("--allow {name}");
    let width = plan.allowances.iter().map(|allowance| flag(allowance.name).len()).max().unwrap_or(0);
    let mut name = "allow";
    for allowance in &plan.allowances {
        let mut parts = vec![Piece::new(Label::Command, pad(&flag(allowance.name), width))];
        let shown = if allowance.reasons.len() > REASONS_SHOWN { 1 } else { REASONS_SHOWN };
        parts.extend(allowance.reasons.iter().take(shown).map(|reason| Piece::new(Label::Plain, reason.as_str())));
        if let more @ 1.. = allowance.reasons.len().saturating_sub(shown) {
            parts.push(Piece::new(Label::Faint, format!("and {more} more like it")));
        }
        page.fact((Label::Faint, name), column, 2, &parts);
        name = "";
    }
}

fn pods<'a>(pods: &[&'a PodImpact], label: Label) -> Vec<Piece<'a>> {
    let word = |pod: &PodImpact, end: &str| match &pod.role {
        _ if pod.rule == Some(RuleId::BothPrimary) => format!("{} (once more){end}", pod.pod),
        Some(role) => format!("{} ({role}){end}", pod.pod),
        None => format!("{}{end}", pod.pod),
    };
    if let ([first, ..], true) = (pods, pods.len() > PODS_SHOWN) {
        return vec![Piece::new(label, format!("{}, {} first", plural(pods.len(), "pod"), word(first, "")))];
    }
    let last = pods.len().saturating_sub(1);
    let ended = |at| if at == last { "" } else { "," };
    pods.iter().enumerate().map(|(at, pod)| Piece::new(label, word(pod, ended(at)))).collect()
}

fn volumes(plan: &Plan) -> Vec<Piece<'static>> {
    let totals = &plan.impact;
    let counted = [
        (totals.volumes_deleted, Label::Danger, "deleted with all data"),
        (totals.volumes_reused, Label::Danger, "re-used with old data"),
        (totals.volumes_growing, Label::Changed, "grow"),
        (totals.volumes_new, Label::Added, "new"),
        (totals.volumes_staying, Label::Staying, "stay"),
    ];
    let parts: Vec<_> = counted
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, label, what)| Piece::new(label, format!("{count} {what}")))
        .collect();
    if parts.is_empty() { vec![Piece::new(Label::Calm, "none is touched")] } else { parts }
}
