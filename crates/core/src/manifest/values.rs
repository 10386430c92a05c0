//! Values with a form of their own: names, labels, image references.

use std::collections::BTreeMap;

use super::{
    reader::{Field, Reader},
    suggest, syntax,
};
use crate::diagnostic::{Diagnostic, DiagnosticId};

/// InterSystems' registry, whose name is easily mistyped.
const VENDOR_HOST: &str = "containers.intersystems.com";
/// Tags that move by their names, besides `latest` and its trains (`latest-em`, `latest-cd`, `latest-preview`).
const MOVING_TAGS: [&str; 9] = ["cd", "dev", "edge", "em", "main", "master", "nightly", "preview", "stable"];

impl Reader<'_> {
    /// The name of an object.
    pub(super) fn object_name(&mut self, field: &Field<'_>) -> Option<String> {
        let text = self.text(field)?;
        if let Some(problem) = syntax::dns_subdomain(&text) {
            self.bad_name(field, &text, &problem);
        }
        Some(text)
    }

    /// The name of a volume or container: a DNS label.
    pub(super) fn short_name(&mut self, field: &Field<'_>) -> Option<String> {
        let text = self.text(field)?;
        if let Some(problem) = syntax::dns_label(&text) {
            self.bad_name(field, &text, &problem);
        }
        Some(text)
    }

    /// `bad-name`.
    pub(super) fn bad_name(&mut self, field: &Field<'_>, text: &str, problem: &str) {
        self.error(
            DiagnosticId::BadName,
            field,
            format!("`{text}` is not a name that `{}` may have", field.path),
            problem,
        );
    }

    /// Labels.
    pub(super) fn labels(&mut self, field: &Field<'_>) -> BTreeMap<String, String> {
        self.text_map(field, |reader, entry, value| {
            reader.map_key(entry, "label");
            if let Some(problem) = syntax::label_value(value) {
                reader.error(DiagnosticId::BadName, entry, format!("`{value}` is not a label's value"), &problem);
            }
        })
    }

    /// Annotations.
    pub(super) fn annotations(&mut self, field: &Field<'_>) -> BTreeMap<String, String> {
        self.text_map(field, |reader, entry, _| reader.map_key(entry, "annotation"))
    }

    /// Checks the key of a label or annotation.
    pub(super) fn map_key(&mut self, entry: &Field<'_>, what: &str) {
        let Some(key) = entry.key else { return };
        if let Some(problem) = syntax::label_key(&key.name) {
            let position = self.position(&key.span);
            let message = format!("`{}` is not {} {what}'s key", key.name, if what == "label" { "a" } else { "an" });
            self.report(Diagnostic::error(DiagnosticId::BadName, message).at(Some(&position), problem));
        }
    }

    /// Labels that users give to objects which iriskit makes: the prefixes of the selectors are not theirs.
    pub(super) fn foreign_labels(&mut self, field: &Field<'_>) -> BTreeMap<String, String> {
        let labels = self.labels(field);
        for (key, _) in field.node.entries().unwrap_or_default() {
            let prefix = key.name.split_once('/').map(|(prefix, _)| prefix);
            if matches!(prefix, Some("intersystems.com" | "iriskit" | "applyset.kubernetes.io")) {
                let position = self.position(&key.span);
                let message = format!("label `{}` is set by iriskit itself", key.name);
                self.report(Diagnostic::error(DiagnosticId::ReservedName, message).at(Some(&position), "remove it"));
            }
        }
        labels
    }

    /// An image reference.
    pub(super) fn image(&mut self, field: &Field<'_>) -> Option<String> {
        let text = self.text(field)?;
        if let Some(problem) = syntax::image(&text) {
            self.error(DiagnosticId::BadImage, field, format!("`{text}` is not an image reference"), &problem);
            return Some(text);
        }
        let position = self.position(field.span());
        if let Some((host, _)) = text.split_once('/')
            && host != VENDOR_HOST
            && suggest::closest(host, &[VENDOR_HOST]).is_some()
            && strsim::damerau_levenshtein(host, VENDOR_HOST) <= 3
        {
            let message = format!("`{host}` looks like a mistyped registry");
            self.report(
                Diagnostic::warning(DiagnosticId::ImageHost, message)
                    .at(Some(&position), format!("did you mean `{VENDOR_HOST}`?")),
            );
        }
        if let Some(tag) = moving_tag(&text) {
            let message = format!("image `{text}` is not fixed: `{tag}` changes without a plan");
            self.report(
                Diagnostic::warning(DiagnosticId::ImageNotFixed, message).at(Some(&position), "give it a version tag"),
            );
        }
        Some(text)
    }
}

/// The tag of an image, if it is one that moves and no digest holds it.
fn moving_tag(image: &str) -> Option<&str> {
    let last = image.rsplit('/').next().unwrap_or_default();
    if last.contains('@') {
        return None;
    }
    let Some((_, tag)) = last.split_once(':') else { return Some("latest") };
    let train = tag.strip_prefix("latest").is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_', '.']));
    let moving = train || tag.ends_with("-latest") || MOVING_TAGS.contains(&tag);
    moving.then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::moving_tag;

    #[test]
    fn tags_that_move_are_known() {
        for (image, tag) in [
            ("iris", Some("latest")),
            ("registry.example:5000/iris", Some("latest")),
            ("iris:latest", Some("latest")),
            ("iris:latest-em", Some("latest-em")),
            ("iris-community:latest-cd", Some("latest-cd")),
            ("iris:latest-preview", Some("latest-preview")),
            ("iris:2024.1-latest", Some("2024.1-latest")),
            ("iris:stable", Some("stable")),
            ("iris:2024.1", None),
            ("iris:2024.1.2.398.0-em", None),
            ("iris:latest@sha256:00", None),
            ("iris@sha256:00", None),
            ("iris:latestfix", None),
        ] {
            assert_eq!(moving_tag(image), tag, "{image}");
        }
    }
}
