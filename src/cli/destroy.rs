//! `iriskit destroy`: removes what was applied; volumes only when they are asked for by name.

use std::path::{Path, PathBuf};

use super::{
    CliError, ErrorId, ExitCode, Global,
    approve::{self, Approval},
    args::{JsonInto, Lifetime},
    connect,
    execute::{Run, execute},
    go_on, input, planfile,
    planning::{applicable, settled},
};
use crate::{
    cluster::Cluster,
    survey::{self, Options, Target},
    ui::Ui,
    view,
};
use iriskit_core::plan::SecretValues;
use iriskit_state::plan::AllowanceName;

/// Delete what was applied, in reverse order; volumes stay unless deleting data is allowed
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Manifests of the IrisClusters, or their names: what was applied is recorded in the cluster
    #[arg(value_name = "FILE|NAME", required = true)]
    targets: Vec<String>,

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
    let (files, names) = sorted(&args.targets)?;
    let inputs = input::read(&files)?;
    let early =
        if inputs.is_empty() { None } else { Some(input::understand(ui, &inputs, global.namespace.as_deref())?) };
    let delete_data = args.approval.allows(AllowanceName::DeleteData) && !args.keep_volumes;
    connect::runtime()?.block_on(async {
        let cluster = connect::cluster(global).await?;
        let mut targets = named(&cluster, &names);
        if let Some(early) = early {
            let reading = settled(ui, &cluster, &inputs, early)?;
            targets.extend(
                reading.clusters.iter().map(|one| Target { namespace: one.namespace.clone(), name: one.name.clone() }),
            );
        }
        targets.sort();
        targets.dedup();
        let options = Options {
            sources: args.targets.clone(),
            labeler_image: None,
            always_ask: false,
            policy: iriskit_core::plan::Policy::default(),
            rollout: iriskit_core::plan::Rollout::default(),
            lifetime: Lifetime::default().length(),
            fingerprints: true,
        };
        let plan = survey::destroy(&cluster, &targets, &options, delete_data).await?;
        planfile::also(&args.json_into, &plan)?;
        ui.print(&view::plan_text(&plan, &ui.out()))?;
        applicable(&plan)?;
        if !plan.summary.changes() {
            return Ok(ExitCode::Success);
        }
        approve::unblocked(&plan)?;
        approve::allowed(&plan, &args.approval, !delete_data)?;
        approve::confirmed(ui, &plan, &args.approval)?;
        approve::approved(ui, &plan, &args.approval)?;
        let nothing = SecretValues::default();
        let go_on = go_on::again();
        let (approval, past_the_pause) = (&args.approval, go_on.clone());
        execute(ui, Run { cluster: &cluster, plan: &plan, secret_values: &nothing, approval, go_on, past_the_pause })
            .await
    })
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
