//! First half of planning: for each desired object, what is to be asked of the server.

use std::collections::BTreeSet;

use iriskit_state::{
    plan::{Place, PlannedFrom, Treatment},
    record::Record,
};
use serde_json::Value;

use crate::{
    diff::{ANNOTATION, Applied, certainly_unchanged},
    expand::{Desired, Ownership, Rolling, is_on_delete},
    plan::{
        changes::{finding::Finding, needed_replacement::replacement},
        live::Live,
        mirror::unfinished_upgrade::Unfinished,
        ownership::{
            adoption, applyset,
            contests::{self, Contest},
            displaced_defaults::displaced_defaults,
            ours::{Belonging, Membership},
            policy::Policy,
            take_over::TakeOver,
            template,
        },
    },
};
use iriskit_kubernetes::{
    schema::{Kind, ObjectRef, table},
    views::Object,
};

/// One IrisCluster of the plan, with what it should consist of.
#[derive(Debug, Clone)]
pub(crate) struct OwnerInput {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The topology in a few words.
    pub summary: String,
    /// Where it stands.
    pub source: Option<Place>,
    /// What the last runs left.
    pub record: Option<Record>,
    /// What it is planned from, for the next record.
    pub planned_from: Option<PlannedFrom>,
    /// The objects it expands to, companions included.
    pub desired: Vec<Desired>,
}

impl OwnerInput {
    /// `NAMESPACE/NAME`.
    pub(crate) fn id(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// What is ours of it.
    pub(crate) fn membership(&self) -> Membership<'_> {
        Membership::new(&self.namespace, &self.name, self.record.as_ref())
    }
}

/// A desired object after the first look.
#[derive(Debug)]
pub(crate) struct Examined {
    /// `NAMESPACE/NAME` of its IrisCluster; empty for a shared object.
    pub owner: String,
    /// What should be; its value has become the body.
    pub desired: Desired,
    /// What is sent, secrets included.
    pub body: Value,
    /// What the first look says.
    pub finding: Finding,
    /// Fields that others hold with another value, and what is done about them; those that are left are not in `body`.
    pub contests: Vec<Contest>,
    /// What moves to iriskit before the body is applied.
    pub take_over: Option<TakeOver>,
    /// Whether the body has the live pod template, and the manifest's is for the next plan.
    pub template_later: bool,
    /// A new version that not every member of it has been primary in.
    pub unfinished: Option<Unfinished>,
}

impl Examined {
    /// Completes the body of an object that was found unchanged, for whoever sends it all the same.
    pub(crate) fn complete(&mut self) {
        if let Some(kind) = table().kind(&self.desired.object.api_version, &self.desired.object.kind)
            && self.finding == Finding::Unchanged
        {
            record_applied(kind, &mut self.body, &self.contests);
        }
    }

    /// Whether the field at this path, as the server writes it, is left to others.
    pub(crate) fn leaves(&self, path: &str) -> bool {
        let left = |one: &Contest| one.treatment == Treatment::Leave && one.path.to_string() == path;
        self.contests.iter().any(left)
    }

    /// A roll of it stops before the primary.
    pub(crate) fn pause_before_primary(&mut self) {
        if self.desired.rolling == Rolling::ByRole {
            self.desired.rolling = Rolling::UpToPrimary;
        }
    }

    /// Whether a dry-run is needed for the plan to be sure.
    pub(crate) fn needs_server(&self) -> bool {
        matches!(self.finding, Finding::Create | Finding::Update | Finding::Adopt { .. } | Finding::Replace(_))
    }
}

/// Looks at every desired object of an owner, in input order.
pub(crate) fn examine(mut owner: OwnerInput, live: &Live, policy: &Policy) -> (Vec<Examined>, OwnerInput) {
    let all = std::mem::take(&mut owner.desired);
    let membership = owner.membership();
    let examined = all.into_iter().map(|desired| {
        let is_shared = desired.ownership == Ownership::Shared;
        let id = if is_shared { String::new() } else { owner.id() };
        let unfinished = Unfinished::of(owner.record.as_ref(), &desired.object);
        Examined { unfinished, ..examine_object(id, &membership, desired, live, policy) }
    });
    let examined = examined.collect();
    (examined, owner)
}

/// All owners' objects, each once: several may share one, and one that two desire is an error of its own.
pub(crate) fn merge(parts: Vec<(Vec<Examined>, OwnerInput)>) -> (Vec<Examined>, Vec<OwnerInput>) {
    let mut seen: BTreeSet<ObjectRef> = BTreeSet::new();
    let (mut all, mut owners) = (Vec::new(), Vec::with_capacity(parts.len()));
    for (examined, owner) in parts {
        let first = |examined: &Examined| seen.insert(examined.desired.object.clone());
        all.extend(examined.into_iter().filter(first));
        owners.push(owner);
    }
    (all, owners)
}

fn examine_object(
    owner: String,
    membership: &Membership<'_>,
    mut desired: Desired,
    live: &Live,
    policy: &Policy,
) -> Examined {
    let mut body = std::mem::take(&mut desired.value);
    let Some(kind) = table().kind(&desired.object.api_version, &desired.object.kind) else {
        return Examined {
            owner,
            desired,
            body,
            finding: Finding::UnknownKind,
            contests: Vec::new(),
            take_over: None,
            template_later: false,
            unfinished: None,
        };
    };
    let found = live.get(&desired.object);
    // What the manifest leaves open is as others set it.
    let says = body.pointer("/spec/updateStrategy/type").is_some();
    if desired.rolling == Rolling::Kubernetes && !says && found.is_some_and(is_on_delete) {
        desired.rolling = Rolling::ReportOnly;
    }
    if desired.ownership == Ownership::Shared {
        let finding = match found {
            Some(found) if Object::new(found).is_terminating() => Finding::Terminating,
            Some(_) => Finding::SharedPresent,
            None => absent(&desired.object, live),
        };
        return Examined {
            owner,
            desired,
            body,
            finding,
            contests: Vec::new(),
            take_over: None,
            template_later: false,
            unfinished: None,
        };
    }
    applyset::set_label(&mut body, applyset::PART_OF, membership.id());
    applyset::set_annotation(&mut body, ANNOTATION, "");
    let mut contests = Vec::new();
    let mut take_over = None;
    let mut template_later = false;
    let finding = match found {
        None => absent(&desired.object, live),
        Some(found) => {
            let mut finding = find_difference(kind, &desired.object, &body, found, membership, live);
            if policy.adopts()
                && matches!(finding, Finding::NotOurs { .. })
                && Object::new(found).label(applyset::PART_OF).is_none_or(|label| label == membership.id())
            {
                finding = adoption::adoption_finding(kind, &desired, &body, found, live);
            }
            let adopting = matches!(finding, Finding::Adopt { .. });
            if adopting && desired.rolling == Rolling::ByRole && template::differs_when_adopted(kind, found, &body) {
                template::keep(found, &mut body);
                template_later = true;
            }
            if adopting || matches!(finding, Finding::Update | Finding::Replace(_)) {
                contests = contests::contests(kind, &desired.object, found, &body, policy, adopting);
                if contests.iter().any(|one| one.treatment == Treatment::Leave) {
                    contests::remove_left_fields(kind, found, &mut body, &contests);
                    finding = if adopting {
                        finding
                    } else {
                        find_difference(kind, &desired.object, &body, found, membership, live)
                    };
                }
            }
            if matches!(finding, Finding::Unchanged | Finding::Update | Finding::Adopt { .. }) {
                let mut from = adoption::takings_by_name(kind, &desired.object, found, &body, policy);
                from.extend(displaced_defaults(kind, found, &body));
                if policy.adopts() {
                    from.extend(adoption::takings_from_makers(kind, found, &contests));
                }
                if !from.is_empty() {
                    record_applied(kind, &mut body, &contests);
                    take_over = Some(TakeOver::new(kind, found, &body, from));
                    finding = if adopting { finding } else { Finding::Update };
                }
            }
            finding
        }
    };
    if finding != Finding::Unchanged {
        record_applied(kind, &mut body, &contests);
    }
    Examined { owner, desired, body, finding, contests, take_over, template_later, unfinished: None }
}

/// What is to be done with an object that nobody found: missing rights are no absence.
fn absent(object: &ObjectRef, live: &Live) -> Finding {
    match live.why_unknown(object).map(str::to_owned) {
        None => Finding::Create,
        Some(reason) if live.is_served(object) => Finding::Unreadable { reason },
        Some(reason) => Finding::NotServed { reason },
    }
}

/// What is sent for a desired object: with its label of membership and the annotation `iriskit/applied`.
pub(crate) fn full_body(owner: &OwnerInput, desired: &Desired) -> Value {
    let mut body = desired.value.clone();
    if desired.ownership == Ownership::Owned {
        applyset::set_label(&mut body, applyset::PART_OF, &applyset::id(&owner.namespace, &owner.name));
        if let Some(kind) = table().kind(&desired.object.api_version, &desired.object.kind) {
            record_applied(kind, &mut body, &[]);
        }
    }
    body
}

/// Writes the annotation `iriskit/applied` into a body.
pub(crate) fn record_applied(kind: &Kind, body: &mut Value, contests: &[Contest]) {
    let mut applied = Applied::of(kind, body);
    for (path, hash) in contests::kept_hashes(contests) {
        applied.keep(path, hash);
    }
    let text = applied.to_text();
    applyset::set_annotation(body, ANNOTATION, &text);
}

fn find_difference(
    kind: &Kind,
    object: &ObjectRef,
    body: &Value,
    found: &Value,
    membership: &Membership<'_>,
    live: &Live,
) -> Finding {
    if membership.judge(object, found, true) != Belonging::Ours {
        let label = Object::new(found).label(applyset::PART_OF).filter(|label| *label != membership.id());
        return match label {
            Some(other) => Finding::OfAnother { whose: whose(other, object, live) },
            None => Finding::NotOurs { holder: writers(found) },
        };
    }
    if Object::new(found).is_terminating() {
        return Finding::Terminating;
    }
    if certainly_unchanged(kind, body, found) {
        return Finding::Unchanged;
    }
    replacement(kind, body, found).map_or(Finding::Update, Finding::Replace)
}

/// The IrisCluster whose ApplySet this is, where its record is in the object's namespace.
fn whose(applyset: &str, object: &ObjectRef, live: &Live) -> String {
    let namespace = object.namespace.as_deref().unwrap_or_default();
    let is_record = |map: &&Value| Object::new(map).label(applyset::ID) == Some(applyset);
    let record = live.of_kind("ConfigMap", namespace).find(is_record).map(|map| Object::new(map).name());
    let cluster = record.and_then(|name| name.strip_suffix("-iriskit"));
    cluster.map_or("another IrisCluster or ApplySet".to_owned(), |name| format!("IrisCluster {name}"))
}

/// The field managers of an object that is not ours.
fn writers(found: &Value) -> String {
    let entries = Object::new(found).managed_fields().iter();
    let mut names: Vec<&str> = entries.filter_map(|entry| entry.get("manager")?.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() { "somebody else".to_owned() } else { names.join(", ") }
}
