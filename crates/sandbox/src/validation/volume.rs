//! Volumes of pods.

use serde_json::Value;

use super::{
    names::label_problem,
    read::{items, keys, number, text},
};
use crate::objects::Cause;

/// Checks the volumes; gives the names that can be mounted: those of volumes with a valid source.
pub(super) fn check_all<'a>(spec: &'a Value, at: &str, causes: &mut Vec<Cause>) -> Vec<&'a str> {
    let mut names = Vec::new();
    for (index, volume) in items(spec, "volumes").iter().enumerate() {
        let at = format!("{at}.volumes[{index}]");
        let name = text(volume, "name");
        if name.is_empty() {
            causes.push(Cause::required(format!("{at}.name"), ""));
        } else if let Some(problem) = label_problem(name) {
            causes.push(Cause::invalid(format!("{at}.name"), name, problem));
        } else if names.contains(&name) {
            causes.push(Cause::duplicate(format!("{at}.name"), name));
        }
        let before = causes.len();
        check_source(volume, &at, causes);
        if causes.len() == before {
            names.push(name);
        }
    }
    names
}

/// The order in which the server looks at sources: a second one is the one too many.
const SOURCES: [&str; 8] =
    ["emptyDir", "hostPath", "secret", "persistentVolumeClaim", "configMap", "downwardAPI", "projected", "csi"];

fn check_source(volume: &Value, at: &str, causes: &mut Vec<Cause>) {
    let mut found = 0;
    for kind in SOURCES {
        let Some(source) = volume.get(kind) else { continue };
        let at = format!("{at}.{kind}");
        found += 1;
        if found > 1 {
            causes.push(Cause::forbidden(at, "may not specify more than 1 volume type"));
            continue;
        }
        let required = match kind {
            "hostPath" => "path",
            "secret" => "secretName",
            "configMap" => "name",
            "persistentVolumeClaim" => "claimName",
            _ => "",
        };
        if !required.is_empty() && text(source, required).is_empty() {
            causes.push(Cause::required(format!("{at}.{required}"), ""));
        }
        check_modes(source, &at, causes);
    }
}

fn check_modes(source: &Value, at: &str, causes: &mut Vec<Cause>) {
    let what = "must be a number between 0 and 0777 (octal), both inclusive";
    let wrong = |mode: i64| !(0..=0o777).contains(&mode);
    if let Some(mode) = number(source, "defaultMode").filter(|mode| wrong(*mode)) {
        causes.push(Cause::invalid(format!("{at}.defaultMode"), mode, what));
    }
    for (index, item) in items(source, "items").iter().enumerate().filter(|(_, item)| keys(item).is_some()) {
        let at = format!("{at}.items[{index}]");
        if let Some(mode) = number(item, "mode").filter(|mode| wrong(*mode)) {
            causes.push(Cause::invalid(format!("{at}.mode"), mode, what));
        }
        let path = text(item, "path");
        if path.is_empty() {
            causes.push(Cause::required(format!("{at}.path"), ""));
        } else if path.starts_with('/') {
            causes.push(Cause::invalid(format!("{at}.path"), path, "must be a relative path"));
        } else if path.split('/').any(|part| part == "..") {
            causes.push(Cause::invalid(format!("{at}.path"), path, "must not contain '..'"));
        } else if path.starts_with("..") {
            causes.push(Cause::invalid(format!("{at}.path"), path, "must not start with '..'"));
        }
    }
}
