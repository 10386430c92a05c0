//! Values with a form of their own: names, labels, image references.

use std::collections::BTreeMap;

use super::{
    reader::{Field, Fields, Reader},
    suggest, syntax,
};
use crate::diagnostic::{Diagnostic, DiagnosticId};

/// InterSystems' registry, whose name is easily mistyped.
const VENDOR_HOST: &str = "containers.intersystems.com";

impl Reader<'_> {
    /// `{name: NAME}`, as references to Secrets and ConfigMaps are written.
    pub(super) fn reference(&mut self, field: &Field<'_>) -> Option<String> {
        if let Some(text) = field.node.as_str() {
            let message = format!("`{}` must be a mapping with `name`, not a string", field.path);
            self.error(DiagnosticId::WrongType, field, message, &format!("write {{name: {text}}}"));
            return None;
        }
        let fields = self.fields(field, &["name"])?;
        let name = self.required(&fields, "name")?;
        self.object_name(&name)
    }

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

    /// The entry `labels` of `fields`.
    pub(super) fn labels(&mut self, fields: &Fields<'_>) -> BTreeMap<String, String> {
        let Some(field) = fields.get("labels") else { return BTreeMap::new() };
        self.text_map(&field, |reader, entry, value| {
            reader.map_key(entry, "label");
            if let Some(problem) = syntax::label_value(value) {
                reader.error(DiagnosticId::BadName, entry, format!("`{value}` is not a label's value"), &problem);
            }
        })
    }

    /// The entry `annotations` of `fields`.
    pub(super) fn annotations(&mut self, fields: &Fields<'_>) -> BTreeMap<String, String> {
        let Some(field) = fields.get("annotations") else { return BTreeMap::new() };
        self.text_map(&field, |reader, entry, _| reader.map_key(entry, "annotation"))
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
    pub(super) fn foreign_labels(&mut self, fields: &Fields<'_>) -> BTreeMap<String, String> {
        let labels = self.labels(fields);
        if let Some(field) = fields.get("labels")
            && let Some(entries) = field.node.entries()
        {
            for (key, _) in entries {
                let prefix = key.name.split_once('/').map(|(prefix, _)| prefix);
                if matches!(prefix, Some("intersystems.com" | "iriskit" | "applyset.kubernetes.io")) {
                    let position = self.position(&key.span);
                    let message = format!("label `{}` is set by iriskit itself", key.name);
                    self.report(
                        Diagnostic::error(DiagnosticId::ReservedName, message).at(Some(&position), "remove it"),
                    );
                }
            }
        }
        labels
    }

    /// The entry `image`, which must be there.
    pub(super) fn image(&mut self, fields: &Fields<'_>) -> String {
        let Some(field) = self.required(fields, "image") else { return String::new() };
        let Some(text) = self.text(&field) else { return String::new() };
        if let Some(problem) = syntax::image(&text) {
            self.error(DiagnosticId::BadImage, &field, format!("`{text}` is not an image reference"), &problem);
            return text;
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
        text
    }
}
