//! Who made a run, in words.

/// `jane on ci-7`.
pub(crate) fn who(user: Option<&str>, host: Option<&str>) -> String {
    let user = user.unwrap_or("somebody");
    match host {
        Some(host) => format!("{user} on {host}"),
        None => user.to_owned(),
    }
}

/// As much of a plan's id as people compare.
pub(crate) fn short_plan(id: &str) -> String {
    id.chars().take(12).collect()
}
