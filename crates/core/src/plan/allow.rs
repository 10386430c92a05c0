//! How the user says that a plan may do what it needs to be allowed.

use iriskit_state::plan::AllowanceName;

/// The arguments that allow it: `--allow replace,restart-primary`; nothing where nothing has to be. With `keep_volumes` the
/// same plan is asked for, in which no volume is deleted: `--allow delete-data` alone asks for one in which all go.
pub fn apply_flags(needed: &[AllowanceName], keep_volumes: bool) -> String {
    if needed.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = needed.iter().map(|name| name.as_str()).collect();
    let keep = if keep_volumes { "--keep-volumes " } else { "" };
    format!("{keep}--allow {}", names.join(","))
}
