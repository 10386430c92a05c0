//! What runs did to clusters, as text.

use iriskit_state::{
    history::{ClusterHistory, HistoryReport},
    record::{RunOutcome, RunReport},
};

use super::moment;
use crate::ui::clean;

/// A few lines for each run, the newest first.
pub fn history_text(report: &HistoryReport) -> String {
    if report.clusters.is_empty() {
        return clean(&format!("Nothing was applied in namespace {} yet.", report.namespace)).into_owned() + "\n";
    }
    let clusters = report.clusters.iter().map(|cluster| told(&report.namespace, cluster));
    clusters.collect::<Vec<_>>().join("\n")
}

fn told(namespace: &str, cluster: &ClusterHistory) -> String {
    let mut lines = vec![format!("{namespace}/{}", cluster.name)];
    lines.extend(cluster.run.as_ref().map(|run| {
        let done = run.done().count();
        let head = head(&run.ended(&run.began, RunOutcome::Killed));
        format!("  {head}  not ended: {done} of {} changes done", run.changes)
    }));
    if cluster.run.is_none() && cluster.history.is_empty() {
        lines.push("  nothing is kept of its runs".to_owned());
    }
    for report in cluster.history.iter().rev() {
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
    lines.iter().map(|line| clean(line).into_owned() + "\n").collect()
}

/// `2026-11-22 10:00 UTC  apply by jane on ci-7, plan 3f2a91c0d4e5`.
fn head(report: &RunReport) -> String {
    let began = moment::absolute(&report.began);
    format!("{began}  {} by {}, plan {}", report.operation, report.who(), report.short_plan())
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use iriskit_state::{is_harmful, record::Run};

    use super::*;

    #[test]
    fn what_a_record_says_moves_no_cursor() {
        let run = Run {
            plan: "0123456789abcdef".into(),
            operation: "apply".into(),
            by: Some("j\u{202e}ane".into()),
            host: Some("ci\u{1b}[2J".into()),
            began: "2026-11-22T10:00:05Z".into(),
            changes: 2,
            journal: BTreeMap::new(),
        };
        let ended = run.ended("2026-11-22T10:01:00Z", RunOutcome::Failed);
        let ended = ended.with(Some(("Service/n/a", "no\r\u{9b}31m")), vec!["seen\n\u{2066}".into()]);
        let clusters = vec![ClusterHistory { name: "hospital".into(), run: Some(run), history: vec![ended] }];
        let report = HistoryReport { format_version: "1.0".into(), namespace: "play".into(), clusters };
        let text = history_text(&report);
        assert!(!text.contains(|c| c != '\n' && is_harmful(c)), "{text:?}");
        assert!(
            text.starts_with(
                "play/hospital\n  2026-11-22 10:00 UTC  apply by j\\u{202e}ane on ci\\u{1b}[2J, plan 0123456789ab  not"
            ),
            "{text}"
        );
        let json = report.to_text().unwrap();
        assert!(!json.contains(|c| c != '\n' && is_harmful(c)), "{json:?}");
    }
}
