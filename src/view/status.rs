//! How clusters stand, as text and as JSON.

use iriskit_state::{
    plan::NotReadyState,
    status::{ClusterStatus, PodStatus, ServiceStatus, StatusReport, WorkloadStatus},
};

use super::{
    document::{Block, Document, Entry, Fact, Span},
    moment::ago,
    text,
};
use crate::ui::{Label, Look, plural};

/// The report for people.
pub fn status_text(report: &StatusReport, look: &Look) -> String {
    let mut groups: Vec<Vec<Fact>> = report.clusters.iter().map(|cluster| facts(cluster, report)).collect();
    if report.clusters.is_empty() && report.unknown.is_empty() {
        let text = "no cluster that iriskit applied".to_owned();
        groups.push(vec![one(Label::Heading, format!("namespace {}", report.namespace), Label::Plain, text)]);
    }
    let unknown = report.unknown.iter().map(|what| Entry::Parts(vec![Span::new(Label::Interrupts, what)])).collect();
    if !report.unknown.is_empty() {
        groups.push(vec![Fact { name: Span::new(Label::Heading, "unknown"), entries: unknown }]);
    }
    text::write(&Document { blocks: vec![Block::Facts(groups)] }, look)
}

fn one(name_label: Label, name: impl Into<String>, label: Label, text: impl Into<String>) -> Fact {
    Fact::new(Span::new(name_label, name), Entry::Parts(vec![Span::new(label, text)]))
}

fn facts(cluster: &ClusterStatus, report: &StatusReport) -> Vec<Fact> {
    let healthy = cluster.problems.is_empty();
    let (label, verdict) = match (healthy, report.unknown.is_empty()) {
        (true, true) => (Label::Calm, "healthy"),
        (true, false) => (Label::Interrupts, "not known to be healthy"),
        (false, _) => (Label::Danger, "not healthy"),
    };
    let mut facts = vec![one(Label::Place, format!("{}/{}", report.namespace, cluster.name), label, verdict)];
    if !healthy {
        let entries = cluster.problems.iter().map(|text| Entry::Parts(vec![Span::new(Label::Interrupts, text)]));
        facts.push(Fact { name: Span::new(Label::Heading, "problems"), entries: entries.collect() });
    }
    if let Some(working) = &cluster.working {
        facts.push(one(Label::Heading, "working", Label::Interrupts, format!("{working} works on it right now")));
    }
    if let Some(last) = &cluster.last_apply {
        let text = format!("{} by {} with iriskit {}", ago(&last.at, &report.at), last.by, last.version);
        facts.push(one(Label::Heading, "last apply", Label::Plain, text));
    }
    if cluster.workloads.is_empty() {
        facts.push(one(Label::Heading, "pods", Label::Plain, "none: the record stays for the volumes"));
    }
    for workload in &cluster.workloads {
        facts.push(workload_fact(workload));
        facts.extend(workload.pods.iter().map(pod_fact));
    }
    facts.extend(cluster.services.iter().map(service_fact));
    for pending in &cluster.pending_restarts {
        let text = format!("{} waits for its restart, since {}", pending.parameter, ago(&pending.since, &report.at));
        facts.push(one(Label::Heading, format!("  {}", pending.pod), Label::Interrupts, text));
    }
    for drifted in &cluster.drift {
        let text = format!("{} of {} differ from what was applied", drifted.fields.join(", "), drifted.address);
        facts.push(one(Label::Heading, "drift", Label::Interrupts, text));
    }
    facts
}

fn workload_fact(workload: &WorkloadStatus) -> Fact {
    let ready = workload.pods.iter().filter(|pod| pod.ready).count();
    let state = match workload.not_ready {
        None => Span::new(Label::Calm, "ready"),
        Some(NotReadyState::Waiting) => Span::new(Label::Interrupts, "not ready"),
        Some(NotReadyState::Failed) => Span::new(Label::Danger, "failed"),
        Some(NotReadyState::Unsettled) => Span::new(Label::Interrupts, "not seen by its controller yet"),
    };
    let mut parts = vec![state, Span::plain(format!("{ready} of {} ready", plural(workload.pods.len(), "pod")))];
    parts.extend(workload.reason.iter().map(Span::plain));
    Fact::new(Span::new(Label::Object, format!("{} {}", workload.kind, workload.name)), Entry::Parts(parts))
}

fn pod_fact(pod: &PodStatus) -> Fact {
    let mut parts = vec![if pod.ready {
        Span::new(Label::Calm, "ready")
    } else {
        Span::new(Label::Interrupts, pod.waiting.as_deref().unwrap_or("not ready"))
    }];
    parts.extend(pod.role.map(|role| Span::new(Label::Object, role.as_str())));
    if let Some(member) = &pod.mirror {
        let journal = if member.journal.is_empty() { "unknown" } else { &member.journal };
        let text = format!("{}, journal {journal}, {} s ago", member.status, member.age_seconds);
        parts.push(Span::plain(text));
    }
    parts.extend(pod.image.iter().map(Span::plain));
    if pod.restarts > 0 {
        let restarts = usize::try_from(pod.restarts).unwrap_or(usize::MAX);
        parts.push(Span::new(Label::Interrupts, plural(restarts, "restart")));
    }
    if pod.outdated == Some(true) {
        parts.push(Span::new(Label::Interrupts, "of an older revision than its set"));
    }
    Fact::new(Span::plain(format!("  {}", pod.name)), Entry::Parts(parts))
}

fn service_fact(service: &ServiceStatus) -> Fact {
    let mut parts = vec![Span::plain(&service.service_type)];
    if service.service_type == "LoadBalancer" && service.addresses.len() < 2 {
        parts.push(Span::new(Label::Interrupts, "its load balancer has no address yet"));
    }
    parts.extend(service.addresses.iter().map(|address| Span::new(Label::Place, address)));
    parts.push(Span::plain(service.ports.join(", ")));
    parts.extend(service.endpoints.map(|count| match count {
        0 => Span::new(Label::Danger, "no endpoints"),
        count => Span::plain(plural(count, "endpoint")),
    }));
    Fact::new(Span::new(Label::Object, format!("Service {}", service.name)), Entry::Parts(parts))
}
