//! `iriskit destroy`: removes what was applied; volumes only when they are asked for by name.

use std::path::{Path, PathBuf};

use super::{
    CliError, ErrorId, ExitCode, Global,
    approve::{self, Approval},
    args::{JsonInto, Lifetime, Out},
    connect,
    execute::{Run, execute},
    go_on, input, planfile,
    planning::{applicable, settled},
    run_events::{show_nothing_done, show_plan, told},
    saving::{Wanted, show_and_save},
    surroundings::Surroundings,
    unlocked::{lock_options, unlocked},
};
use crate::{
    apply::PlanOrigin,
    cluster::Cluster,
    files::Document,
    survey::{self, Options, Planned, Target},
    ui::Ui,
};
use iriskit_core::{
    manifest::{Input, Reading},
    plan::{SecretValues, planner::LabelerImage},
};
use iriskit_state::plan::AllowanceName;
use jiff::SignedDuration;

/// Delete what was applied, in reverse order; volumes stay unless deleting data is allowed
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Manifests of the IrisClusters, or their names: what was applied is recorded in the cluster
    #[arg(value_name = "FILE|NAME", required = true)]
    targets: Vec<String>,

    #[command(flatten)]
    out: Out,

    #[command(flatten)]
    approval: Approval,

    /// Keep all volumes; `--allow delete-data` then allows only the loss of those that Kubernetes removes anyway, such as
    /// one whose claim is already being deleted and is only held by a pod
    #[arg(long)]
    keep_volumes: bool,

    #[command(flatten)]
    json_into: JsonInto,
}

pub(super) fn run(ui: &Ui, global: &Global, args: &Args) -> Result<ExitCode, CliError> {
    told(ui, &args.approval, removed(ui, global, args))
}

fn removed(ui: &Ui, global: &Global, args: &Args) -> Result<ExitCode, CliError> {
    if args.out.file().is_some() && args.approval.is_automatic() {
        let text = "-o only saves the plan: there is nothing to approve yet";
        return Err(CliError::new(ErrorId::WrongFlag, text).help("leave out --auto-approve, or -o"));
    }
    let what = Destruction::of(&args.targets)?;
    let read: Vec<PathBuf> = what.inputs.iter().map(|input| PathBuf::from(&input.name)).collect();
    planfile::may_write(args.out.file().map(|path| (path, Document::Plan)), Some(&args.json_into), &read)?;
    let early = what.understood(ui, global)?;
    let delete_data = args.approval.allows(AllowanceName::DeleteData) && !args.keep_volumes;
    connect::runtime()?.block_on(async {
        let cluster = connect::cluster_within(global, args.approval.lock_timeout()).await?;
        let targets = what.targets(ui, &cluster, early)?;
        let options = options(&args.targets, Lifetime::default().length(), true);
        let planned = || survey::destroy(&cluster, &targets, &options, delete_data);
        let nothing = SecretValues::default();
        if let Some(path) = args.out.file() {
            let mut plan = planned().await?.plan;
            let wanted = Wanted { out: Some(path), json: false, json_into: &args.json_into };
            show_and_save(ui, global, &mut plan, &nothing, &wanted)?;
            return Ok(ExitCode::Success);
        }
        let wait = args.approval.lock_timeout();
        let Planned { plan, runs, .. } = unlocked(ui, &cluster, wait, planned).await?;
        planfile::also(&args.json_into, &plan)?;
        show_plan(ui, &plan, &args.approval)?;
        applicable(&plan)?;
        if !plan.summary.changes() {
            show_nothing_done(ui, &plan, &args.approval)?;
            return Ok(ExitCode::Success);
        }
        approve::unblocked(&plan)?;
        approve::allowed(&plan, &args.approval, !delete_data)?;
        approve::confirmed(ui, &plan, &args.approval)?;
        approve::approved(ui, &plan, &args.approval)?;
        let go_on = go_on::again(&Surroundings::of(global, cluster.connection(), None));
        let (approval, past_the_pause, lock) = (&args.approval, go_on.clone(), lock_options(wait, &runs));
        let secret_values = &nothing;
        let origin = PlanOrigin::ThisProcess;
        execute(
            ui,
            Run { cluster: &cluster, plan: &plan, origin, secret_values, approval, lock, go_on, past_the_pause },
        )
        .await
    })
}

/// How a destroy is planned. Nothing of the manifests but the names counts.
pub(super) fn options(targets: &[String], lifetime: SignedDuration, fingerprints: bool) -> Options {
    Options {
        sources: targets.to_vec(),
        labeler: LabelerImage::default(),
        always_ask: false,
        policy: iriskit_core::plan::Policy::default(),
        rollout: iriskit_core::plan::Rollout::default(),
        lifetime,
        fingerprints,
    }
}

/// What is to be removed, as it was said.
pub(super) struct Destruction {
    /// The manifests.
    pub(super) inputs: Vec<Input>,
    names: Vec<String>,
}

impl Destruction {
    /// Reads the manifests among these files and names.
    pub(super) fn of(targets: &[String]) -> Result<Self, CliError> {
        let (files, names) = sorted(targets)?;
        Ok(Self { inputs: input::read(&files)?, names })
    }

    /// The manifests, understood before the cluster is known.
    pub(super) fn understood(&self, ui: &Ui, global: &Global) -> Result<Option<Reading>, CliError> {
        if self.inputs.is_empty() {
            return Ok(None);
        }
        input::understand(ui, &self.inputs, global.namespace.as_deref()).map(Some)
    }

    /// The IrisClusters, each once.
    pub(super) fn targets(&self, ui: &Ui, cluster: &Cluster, early: Option<Reading>) -> Result<Vec<Target>, CliError> {
        let mut targets = named(cluster, &self.names);
        if let Some(early) = early {
            let reading = settled(ui, cluster, &self.inputs, early)?;
            targets.extend(
                reading.clusters.iter().map(|one| Target { namespace: one.namespace.clone(), name: one.name.clone() }),
            );
        }
        targets.sort();
        targets.dedup();
        Ok(targets)
    }
}

/// What is a file or a folder, and what is the name of a cluster. What could be both is refused: a cluster must not
/// be lost to a folder that happens to have its name.
fn sorted(targets: &[String]) -> Result<(Vec<PathBuf>, Vec<String>), CliError> {
    let (mut files, mut names) = (Vec::new(), Vec::new());
    for target in targets {
        let written_as_path = target == "-" || target.contains(['/', '\\', '.']);
        match (written_as_path, Path::new(target).exists()) {
            (true, _) => files.push(PathBuf::from(target)),
            (false, false) => names.push(target.clone()),
            (false, true) => {
                let text = format!("`{target}` is a file or folder here, and could be the name of an IrisCluster");
                return Err(CliError::new(ErrorId::AmbiguousTarget, text)
                    .help(format!("`./{target}` is the file; for the IrisCluster run the command in another folder")));
            }
        }
    }
    Ok((files, names))
}

fn named(cluster: &Cluster, names: &[String]) -> Vec<Target> {
    let namespace = &cluster.connection().namespace;
    names.iter().map(|name| Target { namespace: namespace.clone(), name: name.clone() }).collect()
}
