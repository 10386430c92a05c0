//! `iriskit apply`: makes what a plan shows happen.

use std::path::{Path, PathBuf};

use iriskit_core::{
    manifest::Input,
    plan::{NeededValue, SecretValues, lock::cut_off, needed_values, planner::LabelerImage},
};
use iriskit_state::plan::{AllowanceName, Plan};

use super::{
    CliError, ErrorId, ExitCode, Global,
    approve::{self, Approval},
    args::{JsonInto, Lifetime, Planning},
    connect,
    execute::{Run, execute},
    go_on, input, needed, planfile,
    planning::{applicable, options, settled},
    refusal, replan,
    run_events::{show_nothing_done, show_plan, told},
    surroundings::Surroundings,
    typed::says_labeler_image,
    unlocked::{lock_options, unlocked},
};
use crate::{
    apply::{self, LockOptions, PlanOrigin},
    files::is_plan,
    survey::{self, Planned},
    ui::Ui,
};

/// Plan manifests, ask for approval and apply them; or apply a saved plan
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Manifests or folders of them, `-` for standard input; or a saved plan, and the manifests it was made from where
    /// they are not where they were
    #[arg(value_name = "FILE|PLANFILE", required = true)]
    files: Vec<PathBuf>,

    /// Apply only the saved plan that has this digest, as it was approved
    #[arg(long, value_name = "sha256:…", value_parser = digest)]
    digest: Option<String>,

    #[command(flatten)]
    approval: Approval,

    /// With a saved plan of `destroy`: that no volume is deleted, as the plan says it
    #[arg(long, hide = true)]
    keep_volumes: bool,

    #[command(flatten)]
    planning: Planning,

    #[command(flatten)]
    json_into: JsonInto,
}

pub(super) fn run(ui: &Ui, global: &Global, args: &Args) -> Result<ExitCode, CliError> {
    told(ui, &args.approval, either(ui, global, args))
}

fn either(ui: &Ui, global: &Global, args: &Args) -> Result<ExitCode, CliError> {
    match args.files.as_slice() {
        [file, manifests @ ..] if is_plan(file) => saved(ui, global, args, file, manifests),
        _ if args.digest.is_some() => {
            let text = "--digest is that of a saved plan, and none was given";
            Err(CliError::new(ErrorId::NotAPlan, text).help("iriskit apply --digest sha256:… PLANFILE"))
        }
        _ if args.keep_volumes => {
            let text = "--keep-volumes is for destroy: apply deletes no volumes";
            Err(CliError::new(ErrorId::WrongFlag, text).help("leave it out"))
        }
        files => fresh(ui, global, args, files),
    }
}

/// Plans, asks and applies.
fn fresh(ui: &Ui, global: &Global, args: &Args, files: &[PathBuf]) -> Result<ExitCode, CliError> {
    let inputs = input::read(files)?;
    let read: Vec<PathBuf> = inputs.iter().map(|input| PathBuf::from(&input.name)).collect();
    planfile::may_write(None, Some(&args.json_into), &read)?;
    let early = input::understand(ui, &inputs, global.namespace.as_deref())?;
    connect::runtime()?.block_on(async {
        let cluster = connect::cluster_within(global, args.approval.lock_timeout()).await?;
        let reading = settled(ui, &cluster, &inputs, early)?;
        let mut options = options(&inputs, &args.planning, Lifetime::default().length(), true);
        options.policy = args.planning.ownership.policy(args.approval.allows(AllowanceName::Adopt));
        let wait = args.approval.lock_timeout();
        let planned = unlocked(ui, &cluster, wait, || survey::plan(&cluster, &reading, &options)).await?;
        let Planned { plan, secret_values, runs } = planned;
        show(ui, &plan, args)?;
        let was_killed = runs.iter().any(|seen| seen.run.is_some());
        let waits_or_notes = !plan.not_ready.is_empty() || !plan.finished_upgrades.is_empty() || was_killed;
        if !plan.summary.changes() && !waits_or_notes {
            show_nothing_done(ui, &plan, &args.approval)?;
            return Ok(ExitCode::Success);
        }
        approve::unblocked(&plan)?;
        approve::allowed(&plan, &args.approval, false)?;
        approve::confirmed(ui, &plan, &args.approval)?;
        // Who only waits changes nothing.
        if plan.summary.changes() {
            approve::approved(ui, &plan, &args.approval)?;
        }
        let labeler = args.planning.labeler.image().filter(|_| !says_labeler_image());
        let surroundings = Surroundings::of(global, cluster.connection(), labeler);
        let (go_on, past_the_pause) = (go_on::again(&surroundings), go_on::past_the_pause(&surroundings));
        let (approval, lock, secret_values) = (&args.approval, lock_options(wait, &runs), &secret_values);
        let origin = PlanOrigin::ThisProcess;
        execute(
            ui,
            Run { cluster: &cluster, plan: &plan, origin, secret_values, approval, lock, go_on, past_the_pause },
        )
        .await
    })
}

/// Applies a saved plan. Saving it was the approval: no yes is asked for, but its allowances are still needed. Cluster and
/// namespaces are its own; manifests are read only for the secret values that it does not contain.
fn saved(ui: &Ui, global: &Global, args: &Args, file: &Path, manifests: &[PathBuf]) -> Result<ExitCode, CliError> {
    planfile::may_write(None, Some(&args.json_into), &[&[file.to_owned()], manifests].concat())?;
    let plan = planfile::read(file)?;
    if let Some(digest) = args.digest.as_ref().filter(|digest| **digest != plan.digest) {
        let text = "the plan is not the one whose digest was given; nothing was written";
        let error = CliError::new(ErrorId::OtherDigest, text);
        return Err(error.detail(format!("--digest   {digest}")).detail(format!("the plan   {}", plan.digest)));
    }
    apply::check_words(&plan).map_err(|error| refusal::of(&error, &plan))?;
    as_planned(global, args, &plan)?;
    show(ui, &plan, args)?;
    approve::unblocked(&plan)?;
    approve::allowed(&plan, &args.approval, plan.apply_flags.starts_with("--keep-volumes"))?;
    approve::confirmed(ui, &plan, &args.approval)?;
    let namespace = global.namespace.clone().or_else(|| planned_namespace(&plan));
    let global = Global { namespace, ..global.clone() };
    let needed = needed_values(&plan);
    let sources = needed::manifests(&plan);
    let inputs = match (needed.is_empty(), manifests) {
        (true, _) => None,
        (false, []) => Some(read_again(file, &plan, &needed)?),
        (false, given) => Some(input::read(given)?),
    };
    let early = inputs.as_ref().map(|inputs| input::understand(ui, inputs, global.namespace.as_deref())).transpose()?;
    connect::runtime()?.block_on(async {
        let cluster = connect::cluster_within(&global, args.approval.lock_timeout()).await?;
        let secret_values = match (&inputs, early) {
            (Some(inputs), Some(early)) => {
                let reading = settled(ui, &cluster, inputs, early)?;
                survey::secret_values(&cluster, &reading, &LabelerImage::of_plan(&plan)).await?
            }
            _ => SecretValues::default(),
        };
        let surroundings = Surroundings::of(&global, cluster.connection(), plan.labeler_image.as_deref());
        // A saved plan is applied at most once; what is left is planned anew.
        let manifests = if manifests.is_empty() { &sources } else { manifests };
        let go_on = go_on::rest_of(&plan, &global, &args.approval, (manifests, &surroundings));
        let past_the_pause = go_on.clone();
        // Also of a plan that changes nothing: what is left in the record is told again and again otherwise.
        let lock = LockOptions { killed: cut_off(&plan), ..lock_options(args.approval.lock_timeout(), &[]) };
        let (approval, secret_values) = (&args.approval, &secret_values);
        let origin = PlanOrigin::File;
        execute(
            ui,
            Run { cluster: &cluster, plan: &plan, origin, secret_values, approval, lock, go_on, past_the_pause },
        )
        .await
    })
}

/// The namespace of documents that name none. Older plans don't say it; those of one namespace leave no doubt.
fn planned_namespace(plan: &Plan) -> Option<String> {
    let mut names = plan.cluster.namespaces.keys();
    let only = names.next().filter(|_| names.next().is_none());
    plan.namespace.as_ref().or(only).cloned()
}

/// Nothing was given beside the plan that says otherwise than it.
fn as_planned(global: &Global, args: &Args, plan: &Plan) -> Result<(), CliError> {
    if args.planning.ownership.is_given() {
        let text = "a saved plan contains its own rules for fields that others hold";
        return Err(
            CliError::new(ErrorId::PlanHasRules, text).help("plan again, with these flags given to `iriskit plan`")
        );
    }
    if let Some(flag) = args.planning.restarts.given() {
        let text = format!("a saved plan is applied as it is: {flag} can only be given when planning");
        return Err(CliError::new(ErrorId::PlannedAlready, text).help("plan again with this flag"));
    }
    if args.keep_volumes && replan::deletes_claims(plan) {
        let text = "the plan deletes volumes, and a saved plan is applied as it is: --keep-volumes comes too late";
        return Err(CliError::new(ErrorId::PlannedAlready, text).help(replan::plan_again(plan)));
    }
    let namespaces = &plan.cluster.namespaces;
    match &global.namespace {
        Some(other) if plan.namespace.as_ref() != Some(other) && !namespaces.contains_key(other) => {
            let planned: Vec<&str> = namespaces.keys().map(String::as_str).collect();
            let text =
                format!("the plan is for {}, not for namespace {other}; nothing was written", planned.join(", "));
            Err(CliError::new(ErrorId::PlannedAlready, text).help("leave out --namespace: a saved plan has its own"))
        }
        _ => Ok(()),
    }
}

/// The manifests that the plan was made from, where they were. Standard input is not waited for: nobody knows that it should
/// be given again.
fn read_again(file: &Path, plan: &Plan, needed: &[NeededValue]) -> Result<Vec<Input>, CliError> {
    let manifests = needed::manifests(plan);
    let missing = |why: &str| {
        let text = "the plan needs secret values that it does not contain; nothing was written";
        let error = CliError::new(ErrorId::SecretValues, text);
        let error = needed::told(needed).into_iter().fold(error, CliError::detail);
        let error = if why.is_empty() { error } else { error.detail(why) };
        error.help(format!("give the manifests that it was made from: iriskit apply {} FILE…", file.display()))
    };
    if needed::is_from_standard_input(plan) {
        return Err(
            missing("").help(format!("or, as it was, on standard input: … | iriskit apply {} -", file.display()))
        );
    }
    input::read(&manifests).map_err(|error| missing(&error.message.map(|message| message.text).unwrap_or_default()))
}

/// `sha256:` and 64 hexadecimal digits, as plans have it.
fn digest(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text).to_ascii_lowercase();
    if digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Ok(format!("sha256:{digits}"));
    }
    Err("write sha256: and 64 hexadecimal digits, as `digest` in the plan".to_owned())
}

fn show(ui: &Ui, plan: &Plan, args: &Args) -> Result<(), CliError> {
    planfile::also(&args.json_into, plan)?;
    show_plan(ui, plan, &args.approval)?;
    applicable(plan)
}
