//! What stands between a plan and the cluster: named allowances, approval, the typed name of a cluster.

use std::{collections::BTreeSet, time::Duration};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use iriskit_core::plan::apply_flags;
use iriskit_state::plan::{AllowanceName, Operation, Plan, VolumeEffect};

use jiff::{SignedDuration, Timestamp};

use super::{
    CliError, ErrorId,
    args::{duration, duration_or_none},
    refusal,
};
use crate::{
    ui::{Confirmation, Ui, plural},
    view::verdict_text,
};

/// What `--allow` takes.
fn allowance() -> impl TypedValueParser<Value = AllowanceName> {
    PossibleValuesParser::new(AllowanceName::ALL.iter().map(|name| name.as_str()))
        .try_map(|name| name.parse::<AllowanceName>())
}

/// What was approved on the command line.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Approval {
    /// Give an allowance that the plan says it needs
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_parser = allowance())]
    allow: Vec<AllowanceName>,

    /// Confirm the deletion of this IrisCluster's volumes, instead of typing its name when asked
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    confirm: Vec<String>,

    /// Approve without being asked; allowances and confirmations are still needed
    #[arg(long)]
    auto_approve: bool,

    /// How long one object may take to become ready; in a roll: each of its pods
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = duration)]
    timeout: SignedDuration,

    /// Print what happens as JSON on standard output, one event a line
    #[arg(long)]
    json: bool,

    /// How long to wait for another run that works on the same cluster
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration_or_none)]
    lock_timeout: SignedDuration,
}

impl Approval {
    /// Whether `name` was allowed.
    pub(super) fn allows(&self, name: AllowanceName) -> bool {
        self.allow.contains(&name)
    }

    /// Whether nothing is to be asked.
    pub(super) fn is_automatic(&self) -> bool {
        self.auto_approve
    }

    /// How long one object may take.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout.unsigned_abs()
    }

    /// Whether events are printed, in place of text.
    pub(super) fn prints_events(&self) -> bool {
        self.json
    }

    /// How long another run is waited for.
    pub(super) fn lock_timeout(&self) -> Duration {
        self.lock_timeout.unsigned_abs()
    }

    /// The names that were given.
    pub(super) fn given(&self) -> BTreeSet<AllowanceName> {
        self.allow.iter().copied().collect()
    }
}

/// Nothing of the plan is protected.
pub(super) fn unblocked(plan: &Plan) -> Result<(), CliError> {
    if plan.blocked.is_empty() {
        return Ok(());
    }
    Err(refusal::protected(&plan.blocked, plan, &Timestamp::now().to_string()))
}

/// Every allowance that the plan needs was given. With `keep_volumes` it is a plan to destroy that deletes no volume.
pub(super) fn allowed(plan: &Plan, approval: &Approval, keep_volumes: bool) -> Result<(), CliError> {
    let missing: Vec<_> = plan.allowances.iter().filter(|needed| !approval.allows(needed.name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let text = "the plan needs allowances that were not given; nothing was written";
    let mut error = CliError::new(ErrorId::AllowanceMissing, text);
    for needed in &missing {
        for reason in &needed.reasons {
            error = error.detail(format!("{}: {reason}", needed.name));
        }
    }
    let given: Vec<_> = approval.given().into_iter().map(AllowanceName::as_str).collect();
    error =
        error.detail(if given.is_empty() { "given: none".to_owned() } else { format!("given: {}", given.join(", ")) });
    let names: Vec<_> = missing.iter().map(|needed| needed.name).collect();
    Err(error.help(apply_flags(
        &names,
        keep_volumes && plan.allowances.iter().any(|needed| needed.name == AllowanceName::DeleteData),
    )))
}

/// The user answers `yes` to the plan that was just shown, or gave `--auto-approve`.
pub(super) fn approved(ui: &Ui, plan: &Plan, approval: &Approval) -> Result<(), CliError> {
    if approval.auto_approve {
        return Ok(());
    }
    let verb = match plan.operation {
        Operation::Apply => "Make these changes",
        Operation::Destroy => "Delete all of this",
    };
    answered(ui.ask_for(&format!("{}\n{verb} in {}?", verdict_text(plan), place(plan)), "yes")?)
}

/// The name of every cluster whose data goes was typed: now, or given with `--confirm`.
pub(super) fn confirmed(ui: &Ui, plan: &Plan, approval: &Approval) -> Result<(), CliError> {
    for owner in &plan.owners {
        let id = format!("{}/{}", owner.namespace, owner.name);
        let of_owner = plan.resource_changes.iter().filter(|change| change.owner == id);
        let volumes = of_owner.flat_map(|change| &change.impact.volumes);
        let deleted = volumes.filter(|volume| volume.effect == VolumeEffect::Deleted).count();
        if deleted == 0 || approval.confirm.contains(&owner.name) {
            continue;
        }
        if !ui.asks() {
            let text = format!("the deletion of the volumes of {} was not confirmed; nothing was written", owner.name);
            return Err(CliError::new(ErrorId::ConfirmationMissing, text).help(format!("--confirm {}", owner.name)));
        }
        let question = format!(
            "This deletes {} of {} in {}, with their data. There is no undo.\nType the name of the cluster to confirm.",
            plural(deleted, "volume"),
            owner.name,
            place(plan)
        );
        answered(ui.ask_for(&question, &owner.name)?)?;
    }
    Ok(())
}

fn answered(answer: Confirmation) -> Result<(), CliError> {
    match answer {
        Confirmation::Given => Ok(()),
        Confirmation::Declined => Err(CliError::new(ErrorId::Declined, "not approved; nothing was written")),
    }
}

fn place(plan: &Plan) -> String {
    let namespaces: Vec<_> = plan.cluster.namespaces.keys().map(String::as_str).collect();
    let word = if namespaces.len() == 1 { "namespace" } else { "namespaces" };
    format!("{}, {word} {}", plan.cluster.context, namespaces.join(", "))
}
