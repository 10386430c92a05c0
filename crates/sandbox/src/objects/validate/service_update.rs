//! What of a Service can't change.

use serde_json::{Value, json};

use super::read::text;
use crate::objects::cause::Cause;

pub(super) fn check(live: &Value, object: &Value, causes: &mut Vec<Cause>) {
    let spec = |object: &Value| object.get("spec").cloned().unwrap_or_default();
    let (old, new) = (spec(live), spec(object));
    let had_address = text(&old, "type") != "ExternalName" && text(&new, "type") != "ExternalName";
    let (old_ip, ip) = (text(&old, "clusterIP"), text(&new, "clusterIP"));
    let impossible = ip == "None" && matches!(text(&new, "type"), "NodePort" | "LoadBalancer");
    if had_address && !old_ip.is_empty() && old_ip != ip && !impossible {
        causes.push(Cause::invalid("spec.clusterIPs[0]", json!([ip]), "may not change once set"));
    }
    let port = |spec: &Value| {
        let local = text(spec, "type") == "LoadBalancer" && text(spec, "externalTrafficPolicy") == "Local";
        spec.get("healthCheckNodePort").filter(|_| local).cloned()
    };
    if let (Some(old), Some(new)) = (port(&old), port(&new))
        && old != new
    {
        causes.push(Cause::forbidden("spec.healthCheckNodePort", "field is immutable"));
    }
    let class = "loadBalancerClass";
    let balanced = |spec: &Value| text(spec, "type") == "LoadBalancer";
    if balanced(&old) && balanced(&new) && old.get(class) != new.get(class) {
        let value = new.get(class).cloned().unwrap_or_default();
        causes.push(Cause::invalid("spec.loadBalancerClass", value, "may not change once set"));
    }
}
