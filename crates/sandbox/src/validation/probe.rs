//! Probes and hooks.

use serde_json::Value;

use super::{
    names::check_port,
    read::{items, not_negative, number, one_of, text},
};
use crate::objects::Cause;

const HANDLERS: [&str; 4] = ["exec", "httpGet", "tcpSocket", "grpc"];

pub(super) fn check(probe: &Value, name: &str, at: &str, causes: &mut Vec<Cause>) {
    check_handler(probe, &HANDLERS, at, causes);
    for field in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] {
        not_negative(probe, field, at, causes);
    }
    if let Some(grace) = number(probe, "terminationGracePeriodSeconds").filter(|grace| *grace <= 0) {
        causes.push(Cause::invalid(format!("{at}.terminationGracePeriodSeconds"), grace, "must be greater than 0"));
    }
    let successes = number(probe, "successThreshold").unwrap_or(1);
    if name != "readinessProbe" && successes > 1 {
        causes.push(Cause::invalid(format!("{at}.successThreshold"), successes, "must be 1"));
    }
}

pub(super) fn check_lifecycle(lifecycle: &Value, at: &str, causes: &mut Vec<Cause>) {
    for hook in ["postStart", "preStop"] {
        if let Some(handler) = lifecycle.get(hook) {
            check_handler(handler, &["exec", "httpGet", "tcpSocket", "sleep"], &format!("{at}.{hook}"), causes);
        }
    }
}

fn check_handler(handler: &Value, kinds: &[&str], at: &str, causes: &mut Vec<Cause>) {
    let mut found = 0;
    for kind in kinds {
        let Some(action) = handler.get(*kind) else { continue };
        let at = format!("{at}.{kind}");
        found += 1;
        if found > 1 {
            causes.push(Cause::forbidden(at, "may not specify more than 1 handler type"));
            continue;
        }
        match *kind {
            "exec" if items(action, "command").is_empty() => {
                causes.push(Cause::required(format!("{at}.command"), ""));
            }
            "httpGet" => {
                if text(action, "path").is_empty() {
                    causes.push(Cause::required(format!("{at}.path"), ""));
                }
                check_port(action.get("port").unwrap_or(&Value::Null), &format!("{at}.port"), causes);
                one_of(action, "scheme", &at, &["HTTP", "HTTPS"], causes);
            }
            "tcpSocket" | "grpc" => {
                check_port(action.get("port").unwrap_or(&Value::Null), &format!("{at}.port"), causes);
            }
            _ => {}
        }
    }
    if found == 0 {
        causes.push(Cause::required(at, "must specify a handler type"));
    }
}
