//! Limits and requests of containers.

use serde_json::Value;

use super::read::map;
use crate::objects::Cause;
use iriskit_kubernetes::schema::quantity::{self, Amount};

pub(super) fn check(container: &Value, at: &str, causes: &mut Vec<Cause>) {
    let Some(resources) = container.get("resources") else { return };
    let at = format!("{at}.resources");
    for part in ["limits", "requests"] {
        for (name, value) in map(resources, part) {
            let here = format!("{at}.{part}[{name}]");
            let standard =
                matches!(name.as_str(), "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-");
            if !standard && !name.contains('/') {
                causes.push(Cause::invalid(
                    here.as_str(),
                    name.as_str(),
                    "must be a standard resource type or fully qualified",
                ));
                causes.push(Cause::invalid(here.as_str(), name.as_str(), "must be a standard resource for containers"));
            }
            if amount(value).is_some_and(|amount| amount < Amount::ZERO) {
                causes.push(Cause::invalid(here, value.clone(), "must be greater than or equal to 0"));
            }
        }
    }
    for (name, request) in map(resources, "requests") {
        let limit = resources.get("limits").and_then(|limits| limits.get(name));
        let Some(limit) = limit else { continue };
        if amount(request) > amount(limit) {
            let most = limit.as_str().unwrap_or_default();
            let what = format!("must be less than or equal to {name} limit of {most}");
            causes.push(Cause::invalid(format!("{at}.requests"), request.clone(), &what));
        }
    }
}

fn amount(value: &Value) -> Option<Amount> {
    value.as_str().and_then(|text| quantity::parse(text).ok())
}
