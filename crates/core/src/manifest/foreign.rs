//! Files of other tools, which lie beside manifests.

use super::{Input, yaml};
use crate::diagnostic::{Diagnostic, DiagnosticId, Position};

/// Whose file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    /// `kustomization.yaml`: what to do to manifests.
    Kustomize,
    /// `Chart.yaml`, `values.yaml`: what templates are filled with.
    Helm,
}

/// Whose file an input is, by its name and by what it is not: an object.
pub(super) fn of(input: &Input) -> Option<Tool> {
    let name = input.name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml")).unwrap_or(name);
    let named = match stem {
        "kustomization" | "Kustomization" => Some(Tool::Kustomize),
        "Chart" | "values" => Some(Tool::Helm),
        _ if stem.starts_with("values-") || stem.starts_with("values.") => Some(Tool::Helm),
        _ => None,
    };
    // To read it once more costs little, and only such files are.
    if named.is_none() && !input.text.contains("kustomize.config.k8s.io") {
        return None;
    }
    let documents = yaml::read(input, &mut Vec::new());
    let [document] = documents.as_slice() else { return None };
    let text = |name| document.root.get(name).and_then(yaml::Node::as_str).unwrap_or_default();
    let of_kustomize = text("apiVersion").starts_with("kustomize.config.k8s.io/");
    match named {
        _ if of_kustomize => Some(Tool::Kustomize),
        Some(tool) if text("kind").is_empty() => Some(tool),
        _ => None,
    }
}

impl Tool {
    /// That the file was not read, which is an error when nothing else was given.
    pub(super) fn skipped(self, input: &Input, alone: bool) -> Diagnostic {
        let folder = match input.name.rsplit_once('/') {
            Some(("", _)) => "/",
            Some((folder, _)) => folder,
            None => ".",
        };
        let (whose, command) = match self {
            Self::Kustomize => ("kustomize", format!("kustomize build {folder} | iriskit plan -")),
            Self::Helm => ("Helm", format!("helm template RELEASE {folder} | iriskit plan -")),
        };
        let message = format!("`{}` is input of {whose}, not a manifest", input.name);
        let at = Position { file: input.name.clone(), line: 1, column: 1, bytes: 0..0 };
        if alone {
            Diagnostic::error(DiagnosticId::NotAManifest, message).at(Some(&at), "").help(format!("`{command}`"))
        } else {
            let help = format!("if it makes these manifests, plan what it makes: `{command}`");
            Diagnostic::note(DiagnosticId::NotAManifest, message).at(Some(&at), "skipped").help(help)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_tools_are_known_by_their_names() {
        let of = |name: &str, text: &str| of(&Input { name: name.into(), text: text.into() });
        for (name, text, tool) in [
            ("a/kustomization.yaml", "resources: [a.yaml]\n", Some(Tool::Kustomize)),
            (
                "kustomization.yml",
                "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n",
                Some(Tool::Kustomize),
            ),
            ("overlay.yaml", "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n", Some(Tool::Kustomize)),
            ("Chart.yaml", "apiVersion: v2\nname: x\n", Some(Tool::Helm)),
            ("values.yaml", "replicas: 1\n", Some(Tool::Helm)),
            ("values-prod.yaml", "replicas: 1\n", Some(Tool::Helm)),
            ("values.yaml", "apiVersion: v1\nkind: ConfigMap\n", None),
            ("demo.yaml", "replicas: 1\n", None),
            ("-", "resources: [a.yaml]\n", None),
        ] {
            assert_eq!(of(name, text), tool, "{name}");
        }
    }
}
