//! `iriskit apply`: makes what a plan shows happen.

use std::path::{Path, PathBuf};

use iriskit_state::plan::{AllowanceName, Plan};

use super::{
    CliError, ErrorId, ExitCode, Global,
    approve::{self, Approval},
    args::{JsonInto, Lifetime, Planning},
    connect,
    execute::{Run, execute},
    go_on, input, planfile,
    planning::{applicable, options, settled},
};
use crate::{
    survey::{self, Planned},
    ui::Ui,
    view,
};

/// Plan manifests, ask for approval and apply them; or apply a saved plan
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Manifests or folders of them, `-` for standard input; or a saved plan, and the manifests it was made from where
    /// they are not where they were
    #[arg(value_name = "FILE|PLANFILE", required = true)]
    files: Vec<PathBuf>,

    #[command(flatten)]
    approval: Approval,

    #[command(flatten)]
    planning: Planning,

    #[command(flatten)]
    json_into: JsonInto,
}

pub(super) fn run(ui: &Ui, global: &Global, args: &Args) -> Result<ExitCode, CliError> {
    match args.files.as_slice() {
        [file, manifests @ ..] if planfile::is_plan(file) => saved(ui, global, args, file, manifests),
        files => fresh(ui, global, args, files),
    }
}

/// Plans, asks and applies.
fn fresh(ui: &Ui, global: &Global, args: &Args, files: &[PathBuf]) -> Result<ExitCode, CliError> {
    let inputs = input::read(files)?;
    let early = input::understand(ui, &inputs, global.namespace.as_deref())?;
    connect::runtime()?.block_on(async {
        let cluster = connect::cluster(global).await?;
        let reading = settled(ui, &cluster, &inputs, early)?;
        let mut options = options(&inputs, &args.planning, Lifetime::default().length(), true);
        options.policy = args.planning.ownership.policy(args.approval.allows(AllowanceName::Adopt));
        let Planned { plan, secret_values } = survey::plan(&cluster, &reading, &options).await?;
        show(ui, &plan, &args.json_into)?;
        if !plan.summary.changes() {
            return Ok(ExitCode::Success);
        }
        approve::unblocked(&plan)?;
        approve::allowed(&plan, &args.approval, false)?;
        approve::confirmed(ui, &plan, &args.approval)?;
        approve::approved(ui, &plan, &args.approval)?;
        let (go_on, past_the_pause) = (go_on::again(), go_on::past_the_pause());
        let approval = &args.approval;
        execute(
            ui,
            Run { cluster: &cluster, plan: &plan, secret_values: &secret_values, approval, go_on, past_the_pause },
        )
        .await
    })
}

/// Applies a saved plan. Saving it was the approval: no yes is asked for, but its allowances are still needed.
fn saved(ui: &Ui, global: &Global, args: &Args, file: &Path, manifests: &[PathBuf]) -> Result<ExitCode, CliError> {
    let plan = planfile::read(file)?;
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
    show(ui, &plan, &args.json_into)?;
    approve::unblocked(&plan)?;
    approve::allowed(&plan, &args.approval, false)?;
    approve::confirmed(ui, &plan, &args.approval)?;
    let sources = plan.sources.iter().map(|source| PathBuf::from(&source.path));
    let manifests = if manifests.is_empty() { sources.collect() } else { manifests.to_vec() };
    let inputs = input::read(&manifests)?;
    let early = input::understand(ui, &inputs, global.namespace.as_deref())?;
    connect::runtime()?.block_on(async {
        let cluster = connect::cluster(global).await?;
        let reading = settled(ui, &cluster, &inputs, early)?;
        let secret_values = survey::secret_values(&cluster, &reading, plan.labeler_image.as_deref()).await?;
        // A saved plan is applied at most once; what is left is planned anew.
        let go_on = go_on::apply(&manifests, global, Some(&args.approval), Some(&plan.ownership));
        let past_the_pause = go_on.clone();
        let approval = &args.approval;
        execute(
            ui,
            Run { cluster: &cluster, plan: &plan, secret_values: &secret_values, approval, go_on, past_the_pause },
        )
        .await
    })
}

fn show(ui: &Ui, plan: &Plan, json: &JsonInto) -> Result<(), CliError> {
    planfile::also(json, plan)?;
    ui.print(&view::plan_text(plan, &ui.out()))?;
    applicable(plan)
}
