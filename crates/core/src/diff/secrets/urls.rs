//! Passwords in URLs and in addresses that look like them.

use super::{
    names::Meaning,
    scan::{Found, is_name_letter, part},
    shapes::is_random,
    values::is_secret_of,
};

/// The key under which the password of an address is known.
const LOGIN: &str = "://";
/// No address is read further.
const LONGEST: usize = 4_096;

/// The passwords of `scheme://user:password@host`, `user:password@tcp(host)` and `thin:user/password@host`.
pub(super) fn urls(line: &str) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    for (at, _) in line.match_indices("://") {
        if at < from {
            continue;
        }
        let start = at + LOGIN.len();
        let rest = line.get(start..).unwrap_or_default();
        let next = |at: usize| rest.get(at..).is_some_and(|rest| rest.starts_with(LOGIN));
        let end = rest.char_indices().find(|(at, c)| ends_address(*c) || *at > LONGEST || (*c == ':' && next(*at)));
        let address = part(rest, 0..end.map_or(rest.len(), |(at, _)| at));
        if let Some(range) = password(address) {
            let range = start + range.start..start + range.end;
            from = range.end;
            if !range.is_empty() && is_secret_of(Meaning::Certain, part(line, range.clone())) {
                found.push(Found { key: LOGIN, range });
            }
        }
    }
    found.extend(of_drivers(line));
    found
}

fn ends_address(c: char) -> bool {
    c.is_whitespace() || "\"'<>`,;|\\".contains(c)
}

/// The password in what stands behind `://`. A password may have a slash in it: then no number of a port stands there.
fn password(address: &str) -> Option<std::ops::Range<usize>> {
    let authority = address.find(['/', '?', '#']).unwrap_or(address.len());
    let login = if let Some(at) = part(address, 0..authority).rfind('@') {
        at
    } else {
        let colon = part(address, 0..authority).find(':')?;
        let port = part(address, colon + 1..authority);
        if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) || address.starts_with('[') {
            return None;
        }
        address.rfind('@')?
    };
    let login = part(address, 0..login);
    match login.find(':') {
        Some(colon) => Some(colon + 1..login.len()),
        // A token alone stands where a user's name would.
        None => is_random(login).then_some(0..login.len()),
    }
}

/// Addresses of database drivers, which have no scheme before the user's name.
fn of_drivers(line: &str) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    for (at, _) in line.match_indices('@') {
        let host = line.get(at + 1..).unwrap_or_default();
        let before = part(line, from..at);
        let thin = host.starts_with("//") || host.starts_with('(');
        let start = before.char_indices().rev().take(256).take_while(|(_, c)| !ends_address(*c) && *c != '=').last();
        let login = start.map_or("", |(start, _)| before.get(start..).unwrap_or_default());
        let sign = if thin && login.contains("thin:") { '/' } else { ':' };
        let is_driver = (thin && login.contains("thin:"))
            || ["tcp(", "unix(", "cloudsql("].iter().any(|network| host.starts_with(network))
            || is_host_with_port(host);
        let cut = login.find(sign).filter(|_| is_driver && !login.contains("://"));
        let Some(cut) = cut.filter(|cut| login.get(..*cut).is_some_and(|user| !user.is_empty())) else { continue };
        let range = at - login.len() + cut + 1..at;
        if !range.is_empty() && is_secret_of(Meaning::Certain, part(line, range.clone())) {
            found.push(Found { key: LOGIN, range });
            from = at;
        }
    }
    found
}

/// `host:5432/x`; a digest (`@sha256:…`) is none.
fn is_host_with_port(text: &str) -> bool {
    let length = text.char_indices().find(|(at, c)| !is_name_letter(*c) || *at > 253).map_or(text.len(), |(at, _)| at);
    let port = text.get(length..).and_then(|rest| rest.strip_prefix(':')).unwrap_or_default();
    let digits = port.bytes().take_while(u8::is_ascii_digit).count();
    let host = part(text, 0..length);
    (1..=5).contains(&digits)
        && host.contains(char::is_alphabetic)
        && !host.starts_with("sha")
        && !port.get(digits..).unwrap_or_default().starts_with(char::is_alphanumeric)
}
