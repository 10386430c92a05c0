//! Values with a form of their own: names, labels, image references.

use std::collections::BTreeMap;

use super::{
    reader::{Field, Reader},
    suggest, syntax,
};
use crate::diagnostic::{Diagnostic, DiagnosticId};

/// InterSystems' registry, whose name is easily mistyped.
const VENDOR_HOST: &str = "containers.intersystems.com";

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
        let last = text.rsplit('/').next().unwrap_or_default();
        if !last.contains([':', '@']) || last.ends_with(":latest") {
            let message = format!("image `{text}` is not fixed: `latest` changes without a plan");
            self.report(
                Diagnostic::warning(DiagnosticId::ImageNotFixed, message).at(Some(&position), "give it a version tag"),
            );
        }
        Some(text)
    }
}
