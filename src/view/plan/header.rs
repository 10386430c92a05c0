//! The top of the plan: where it happens, to what, and what is at stake.

use iriskit_state::plan::{
    Allowance, AllowanceName, ClusterPlace, ImpactClass, NoteId, Operation, Plan, PodEffect, PodImpact, RuleId,
};

use super::{lookup::Lookup, not_ready, verdict::irreversible};
use crate::{
    ui::{Label, plural, times},
    view::{
        document::{Entry, Fact, Span},
        moment::{absolute, ago},
    },
};

/// More IrisClusters than this are counted, not named.
const OWNERS_SHOWN: usize = 8;
/// More pods than this are counted, and the first of them named.
const PODS_SHOWN: usize = 6;

/// More reasons than this are counted, and the first of them said.
const REASONS_SHOWN: usize = 3;
/// Digits of the plan's id.
const ID_SHOWN: usize = 12;

/// What the plan is about, and what is at stake.
pub(super) fn facts(lookup: &Lookup<'_>) -> Vec<Vec<Fact>> {
    let mut groups = vec![about(lookup)];
    if lookup.plan.summary.changes() {
        groups.push(stakes(lookup));
    }
    groups
}

/// A fact that consists of one statement.
fn one(name: &str, label: Label, text: impl Into<String>) -> Fact {
    Fact::new(Span::new(Label::Faint, name), Entry::Parts(vec![Span::new(label, text)]))
}

fn about(lookup: &Lookup<'_>) -> Vec<Fact> {
    let plan = lookup.plan;
    let mut facts = vec![Fact::new(Span::new(Label::Faint, "cluster"), Entry::Parts(place(plan)))];
    facts.extend(
        owners(plan)
            .into_iter()
            .map(|(name, summary)| Fact::new(Span::new(Label::Object, name), Entry::Parts(vec![Span::plain(summary)]))),
    );
    if !plan.digest.is_empty() {
        let made = format!("made {}", absolute(&plan.created_at));
        let until = format!("valid until {}", absolute(&plan.expires_at));
        let id: String = plan.id.chars().take(ID_SHOWN).collect();
        let parts = [id, made, until].map(Span::plain).to_vec();
        facts.push(Fact::new(Span::new(Label::Faint, "plan"), Entry::Parts(parts)));
        facts.push(one("digest", Label::Plain, plan.digest.as_str()));
    }
    if let Some(from) = &plan.snapshot {
        let text = format!("taken {} ({})", absolute(&from.taken_at), ago(&from.taken_at, &plan.created_at));
        facts.push(one("snapshot", Label::Interrupts, text));
    }
    let unread = plan.notes.iter().filter(|note| note.id == NoteId::Unknown).count();
    if unread > 0 {
        let text = format!("{} could not be read, see the notes", plural(unread, "thing"));
        facts.push(one("unknown", Label::Interrupts, text));
    }
    facts.extend(not_ready(lookup));
    let (unverified, all) = lookup.unverified();
    if unverified > 0 {
        let why = match &plan.snapshot {
            Some(_) => "not checked by a server; apply has it checked before it writes",
            None => "the right to have the server check is missing",
        };
        let text = format!("{unverified} of {}: {why}", plural(all, "change"));
        facts.push(one("unverified", Label::Interrupts, text));
    }
    facts
}

fn not_ready(lookup: &Lookup<'_>) -> Option<Fact> {
    let names = not_ready::names(lookup);
    if names.len() > PODS_SHOWN {
        return Some(one("not ready", Label::Interrupts, plural(names.len(), "object")));
    }
    let words: Vec<Span> = names.into_iter().map(|name| Span::new(Label::Interrupts, name)).collect();
    (!words.is_empty()).then(|| Fact::new(Span::new(Label::Faint, "not ready"), Entry::List(words)))
}

fn place(plan: &Plan) -> Vec<Span> {
    let cluster = &plan.cluster;
    let mut parts = vec![Span::new(Label::Place, cluster.context.as_str())];
    if let ClusterPlace::Sandbox(folder) = cluster.place() {
        parts.push(Span::plain(format!("{folder} (not a real cluster)")));
    } else {
        parts.push(Span::plain(cluster.server.as_str()));
    }
    for (name, identity) in &cluster.namespaces {
        let missing = match (identity.exists, identity.unknown) {
            (_, true) => " (whether it exists can't be read)",
            (false, false) => " (does not exist yet)",
            (true, false) => "",
        };
        parts.push(Span::new(Label::Place, format!("namespace {name}{missing}")));
    }
    if let Some(user) = &cluster.user {
        parts.push(Span::plain(format!("user {user}")));
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
fn stakes(lookup: &Lookup<'_>) -> Vec<Fact> {
    let plan = lookup.plan;
    let mut facts = Vec::new();
    let restarts = lookup.pods(PodEffect::Restarts);
    if plan.impact.pods_unknown {
        facts.push(one("restarts", Label::Interrupts, "unknown: pods can't be listed, so it is what StatefulSets say"));
    } else if restarts.is_empty() && !lookup.destroys() {
        facts.push(one("restarts", Label::Calm, "nothing that runs"));
    }
    if !restarts.is_empty() {
        facts.push(Fact::new(Span::new(Label::Faint, "restarts"), pods(&restarts, Label::Interrupts)));
        facts.push(match plan.impact.primary_moves {
            0 => one("primary", Label::Calm, "does not move"),
            moves => one("primary", Label::Interrupts, format!("moves {}", times(moves))),
        });
    }
    let deleted = lookup.pods(PodEffect::Deleted);
    if !deleted.is_empty() {
        facts.push(Fact::new(Span::new(Label::Faint, "deletes"), pods(&deleted, Label::Removed)));
    }
    if plan.impact.class == ImpactClass::Outage && !lookup.destroys() {
        let mut said: Vec<&str> =
            plan.resource_changes.iter().flat_map(|change| &change.impact.unavailable).map(String::as_str).collect();
        said.dedup();
        if said.is_empty() {
            let outages = plan.allowances.iter().filter(|allowance| allowance.name == AllowanceName::Outage);
            said.extend(outages.flat_map(|allowance| &allowance.reasons).map(String::as_str));
        }
        let parts = said.into_iter().map(|text| Span::new(Label::Interrupts, text)).collect();
        facts.push(Fact::new(Span::new(Label::Faint, "outage"), Entry::Parts(parts)));
    }
    facts.push(Fact::new(Span::new(Label::Faint, "volumes"), Entry::Parts(volumes(plan))));
    let why = irreversible(plan);
    if !why.is_empty() {
        facts.push(one("undo", Label::Danger, format!("not reversible: {}", why.join(" "))));
    }
    if !plan.allowances.is_empty() {
        let entries = plan.allowances.iter().map(allowance).collect();
        facts.push(Fact { name: Span::new(Label::Faint, "allow"), entries });
    }
    facts
}

/// The flag and why it is needed.
fn allowance(allowance: &Allowance) -> Entry {
    let mut parts = vec![Span::new(Label::Command, format!("--allow {}", allowance.name))];
    let shown = if allowance.reasons.len() > REASONS_SHOWN { 1 } else { REASONS_SHOWN };
    parts.extend(allowance.reasons.iter().take(shown).map(|reason| Span::plain(reason.as_str())));
    if let more @ 1.. = allowance.reasons.len().saturating_sub(shown) {
        parts.push(Span::new(Label::Faint, format!("and {more} more like it")));
    }
    Entry::Parts(parts)
}

fn pods(pods: &[&PodImpact], label: Label) -> Entry {
    let word = |pod: &PodImpact| match &pod.role {
        _ if pod.rule == Some(RuleId::BothPrimary) => format!("{} (once more)", pod.pod),
        Some(role) => format!("{} ({})", pod.pod, role.as_str()),
        None => pod.pod.clone(),
    };
    if let ([first, ..], true) = (pods, pods.len() > PODS_SHOWN) {
        let text = format!("{}, {} first", plural(pods.len(), "pod"), word(first));
        return Entry::Parts(vec![Span::new(label, text)]);
    }
    Entry::List(pods.iter().map(|pod| Span::new(label, word(pod))).collect())
}

fn volumes(plan: &Plan) -> Vec<Span> {
    let totals = &plan.impact;
    let counted = [
        (totals.volumes_deleted, Label::Danger, "deleted with all data"),
        (totals.volumes_reused, Label::Danger, "re-used with old data"),
        (totals.volumes_growing, Label::Changed, "grow"),
        (totals.volumes_new, Label::Added, "new"),
        (totals.volumes_unknown, Label::Danger, "new or re-used with old data: which is unknown"),
        (totals.volumes_staying, Label::Staying, "stay"),
    ];
    let parts: Vec<_> = counted
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, label, what)| Span::new(label, format!("{count} {what}")))
        .collect();
    match parts.is_empty() {
        true if totals.claims_unknown => vec![Span::new(Label::Interrupts, "unknown: claims can't be listed")],
        true => vec![Span::new(Label::Calm, "none is touched")],
        false => parts,
    }
}
