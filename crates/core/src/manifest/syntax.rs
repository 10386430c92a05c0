//! The forms that Kubernetes and container registries ask of names, labels and image references.

/// What is wrong with a DNS label (RFC 1123, at most 63 characters); `None` when nothing is.
pub(super) fn dns_label(text: &str) -> Option<String> {
    if text.len() > 63 {
        return Some(format!("{} characters, at most 63 are allowed", text.len()));
    }
    dns_part(text)
}

/// What is wrong with the name of a Service (RFC 1035: a DNS label that starts with a letter).
pub(super) fn service_name(text: &str) -> Option<String> {
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return Some("a name that Services share must start with a letter".into());
    }
    dns_label(text)
}

/// What is wrong with the name of most objects (RFC 1123 subdomain, at most 253 characters).
pub(super) fn dns_subdomain(text: &str) -> Option<String> {
    if text.len() > 253 {
        return Some(format!("{} characters, at most 253 are allowed", text.len()));
    }
    text.split('.').find_map(dns_part)
}

fn dns_part(text: &str) -> Option<String> {
    if text.is_empty() {
        return Some("an empty name or part of a name".into());
    }
    if let Some(odd) = text.chars().find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-')) {
        let spelled: String =
            text.to_ascii_lowercase().chars().map(|c| if c == '_' || c == ' ' { '-' } else { c }).collect();
        let mends = spelled != text && dns_part(&spelled).is_none();
        return Some(if mends {
            format!("only a-z, 0-9 and - are allowed: write {spelled}")
        } else {
            format!("`{odd}` is not allowed: only a-z, 0-9 and -")
        });
    }
    (text.starts_with('-') || text.ends_with('-')).then(|| "a name starts and ends with a letter or a digit".into())
}

/// What is wrong with the key of a label or annotation: `[PREFIX/]NAME`.
pub(super) fn label_key(text: &str) -> Option<String> {
    let name = match text.split_once('/') {
        Some((prefix, name)) => {
            if let Some(problem) = dns_subdomain(prefix) {
                return Some(format!("in the part before `/`: {problem}"));
            }
            name
        }
        None => text,
    };
    if name.is_empty() { Some("an empty key".into()) } else { label_word(name) }
}

/// What is wrong with the value of a label: at most 63 of `A-Za-z0-9-_.`, or nothing at all.
pub(super) fn label_value(text: &str) -> Option<String> {
    if text.is_empty() { None } else { label_word(text) }
}

fn label_word(text: &str) -> Option<String> {
    if text.len() > 63 {
        return Some(format!("{} characters, at most 63 are allowed", text.len()));
    }
    if let Some(odd) = text.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))) {
        return Some(format!("`{odd}` is not allowed: only letters, digits, - _ ."));
    }
    let ends =
        text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.ends_with(|c: char| c.is_ascii_alphanumeric());
    (!ends).then(|| "it starts and ends with a letter or a digit".into())
}

/// What is wrong with an image reference `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`.
pub(super) fn image(text: &str) -> Option<String> {
    if let Some(odd) = text.chars().find(|c| c.is_whitespace()) {
        return Some(if odd == ' ' { "a space is not allowed".into() } else { "white space is not allowed".into() });
    }
    if let Some((scheme, _)) = text.split_once("://") {
        return Some(format!("leave out `{scheme}://`"));
    }
    let (reference, digest) = text.split_once('@').map_or((text, None), |(left, right)| (left, Some(right)));
    if let Some(digest) = digest {
        let hex = digest.strip_prefix("sha256:").filter(|hex| hex.len() == 64);
        if !hex.is_some_and(|hex| hex.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))) {
            return Some("a digest is `sha256:` and 64 digits of 0-9a-f".into());
        }
    }
    let (path, last) = reference.rsplit_once('/').map_or((None, reference), |(path, last)| (Some(path), last));
    let (name, tag) = last.split_once(':').map_or((last, None), |(name, tag)| (name, Some(tag)));
    if let Some(tag) = tag {
        let form = tag.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
        if tag.is_empty() || tag.len() > 128 || !form || tag.starts_with(['.', '-']) {
            return Some(format!("`{tag}` is not a tag"));
        }
    }
    let mut parts: Vec<&str> = path.map(|path| path.split('/').collect()).unwrap_or_default();
    // The first part is a host when it looks like one; hosts may have a port and capitals.
    if parts.first().is_some_and(|first| first.contains(['.', ':']) || *first == "localhost") {
        let host = parts.remove(0);
        let (host, port) = host.split_once(':').map_or((host, None), |(host, port)| (host, Some(port)));
        if port.is_some_and(|port| port.parse::<u16>().is_err()) || dns_subdomain(&host.to_lowercase()).is_some() {
            return Some(format!("`{host}` is not a registry's host"));
        }
    }
    parts.push(name);
    parts.into_iter().find_map(path_part)
}

fn path_part(part: &str) -> Option<String> {
    if part.is_empty() {
        return Some("an empty name between slashes".into());
    }
    if part.chars().any(|c| c.is_ascii_uppercase()) {
        return Some(format!("`{part}`: names of images have no capital letters"));
    }
    let form = part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-'));
    let ends = !part.starts_with(['.', '_', '-']) && !part.ends_with(['.', '_', '-']);
    (!(form && ends)).then(|| format!("`{part}` is not the name of an image"))
}

#[cfg(test)]
mod tests {
    use super::{dns_label, dns_subdomain, image, label_key, label_value, service_name};

    #[test]
    fn names() {
        for good in ["a", "iris-1", "0a"] {
            assert_eq!(dns_label(good), None, "{good}");
        }
        for bad in ["", "-a", "a-", "Iris", "a_b", "a.b", "é", &"a".repeat(64)] {
            assert!(dns_label(bad).is_some(), "{bad}");
        }
        assert!(service_name("0a").is_some());
        assert_eq!(dns_subdomain("a.b-c.0"), None);
        assert!(dns_subdomain("a..b").is_some());
    }

    #[test]
    fn labels() {
        for good in ["a", "app.kubernetes.io/name", "A_b.c-1"] {
            assert_eq!(label_key(good), None, "{good}");
        }
        for bad in ["", "/a", "a/", "a b", "a/b/c", "_a", "Ex/a"] {
            assert!(label_key(bad).is_some(), "{bad}");
        }
        assert_eq!(label_value(""), None);
        assert!(label_value("a/b").is_some());
    }

    #[test]
    fn images() {
        for good in [
            "iris",
            "registry.example:5000/intersystems/iris:2023.3",
            "localhost/iris:1_a.b-c",
            "team/iris-community:2024.1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        ] {
            assert_eq!(image(good), None, "{good}");
        }
        for bad in [
            "a b",
            "https://registry.example/iris",
            "iris:",
            "iris:a/b:c",
            "a//b",
            "Team/Iris:1",
            "iris@sha256:12",
            "registry.example:port/iris",
            "/iris",
            "iris:2023.3:1",
        ] {
            assert!(image(bad).is_some(), "{bad}");
        }
    }
}
