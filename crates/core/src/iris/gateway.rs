//! Parameters of a web gateway's CSP.ini.

/// Keys of `[SYSTEM]` that a running gateway does not take over (Web Gateway Guide). All others it takes within about a
/// minute.
pub const RESTART_KEYS: [&str; 5] = ["MAX_CONNECTIONS", "MAX_CACHE_SIZE", "READONLY", "Username", "Password"];

/// Whether only a restarted gateway takes the key over.
pub(super) fn needs_restart(section: &str, key: &str) -> bool {
    section.eq_ignore_ascii_case("SYSTEM") && RESTART_KEYS.iter().any(|known| known.eq_ignore_ascii_case(key))
}
