//! `iriskit history`: what runs did to clusters, as their records keep it.

use iriskit_core::plan::OwnerName;
use iriskit_state::record::{Record, Run, RunOutcome, RunReport};
use serde_json::json;

use super::{CliError, ErrorId, ExitCode, Global, connect};
use crate::{apply::records, ui::Ui, view::moment};

/// Show what earlier runs did to clusters: who, when, and what was seen
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Names of IrisClusters [default: all in the namespace]
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// How to print it
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Output {
    /// A few lines for each run, the newest first
    Text,
    /// One document
    Json,
}

pub(super) fn run(ui: &Ui, global: &Global, args: &Args) -> Result<ExitCode, CliError> {
    let (namespace, found) = connect::runtime()?.block_on(async {
        let cluster = connect::cluster(global).await?;
        let namespace = cluster.connection().namespace.clone();
        let found = records(&cluster, &namespace, &args.names).await;
        let found = found.map_err(|error| CliError::new(ErrorId::Record, error.to_string()))?;
        Ok::<_, CliError>((namespace, found))
    })?;
    let missing = args.names.iter().find(|name| !found.iter().any(|(owner, _)| owner.name == **name));
    if let Some(name) = missing {
        let text = format!("iriskit has no record of an IrisCluster {name} in namespace {namespace}");
        return Err(CliError::new(ErrorId::NoRecord, text));
    }
    let text = match args.output {
        Output::Text if found.is_empty() => format!("Nothing was applied in namespace {namespace} yet.\n"),
        Output::Text => found.iter().map(|(owner, record)| told(owner, record)).collect::<Vec<_>>().join("\n"),
        Output::Json => {
            let clusters: Vec<_> = found.iter().map(|(owner, record)| document(owner, record)).collect();
            format!("{:#}\n", json!({"format_version": "1.0", "clusters": clusters}))
        }
    };
    ui.print(&text)?;
    Ok(ExitCode::Success)
}

/// A cluster's runs, the newest first.
fn told(owner: &OwnerName, record: &Record) -> String {
    let mut lines = vec![owner.id()];
    lines.extend(record.run.as_ref().map(|run| {
        let done = run.done().count();
        format!("  {}  not ended: {done} of {} changes done", head_of_run(run), run.changes)
    }));
    if record.run.is_none() && record.history.is_empty() {
        lines.push("  nothing is kept of its runs".to_owned());
    }
    for report in record.history.iter().rev() {
        lines.push(format!("  {}  {}", head(report), ending(report)));
        if let Some((address, reason)) = &report.failed {
            lines.push(format!("    failed: {}: {reason}", address.replacen('/', " ", 1)));
        }
        if !report.unfinished.is_empty() {
            let names: Vec<_> = report.unfinished.iter().map(|address| address.replacen('/', " ", 1)).collect();
            lines.push(format!("    unfinished: {}", names.join(", ")));
        }
        lines.extend(report.seen.iter().map(|sentence| format!("    {sentence}")));
    }
    lines.join("\n") + "\n"
}

fn head_of_run(run: &Run) -> String {
    head(&run.ended(&run.began, RunOutcome::Killed))
}

/// `2026-11-22 10:00 UTC  apply by jane on ci-7, plan 3f2a91c0d4e5`.
fn head(report: &RunReport) -> String {
    let by = report.by.as_deref().unwrap_or("somebody");
    let host = report.host.as_ref().map(|host| format!(" on {host}")).unwrap_or_default();
    let plan: String = report.plan.chars().take(12).collect();
    format!("{}  {} by {by}{host}, plan {plan}", moment::absolute(&report.began), report.operation)
}

fn ending(report: &RunReport) -> String {
    let made = format!("{} of {} changes", report.made, report.changes);
    match report.outcome {
        RunOutcome::Done => format!("done: {made}"),
        RunOutcome::Differs => format!("done, and not what was planned: {made}"),
        RunOutcome::Failed => format!("failed after {made}"),
        RunOutcome::Interrupted => format!("interrupted after {made}"),
        RunOutcome::Killed => format!("ended without a word (killed, or cut off) after {made}"),
    }
}

fn document(owner: &OwnerName, record: &Record) -> serde_json::Value {
    json!({
        "namespace": owner.namespace,
        "name": owner.name,
        "run": record.run.as_ref().and_then(|run| serde_json::to_value(run).ok()),
        "history": serde_json::to_value(&record.history).unwrap_or_default(),
    })
}
