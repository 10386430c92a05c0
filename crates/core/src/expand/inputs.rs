//! What expansion needs beside the `IrisCluster`.

use std::collections::BTreeMap;

use serde_json::Value;

/// What the manifest alone does not say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inputs {
    /// The data of the ConfigMap that `configSource` names; `None` when it names none or none was read.
    pub config: Option<ConfigTexts>,
    /// The image of the mirror labeler; wins over annotation `iriskit/labeler-image`.
    pub labeler_image: Option<String>,
}

/// The keys of the `configSource` ConfigMap that are read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConfigTexts {
    /// `common.cpf`: for data and compute nodes.
    pub common_cpf: Option<String>,
    /// `data.cpf`: for data nodes.
    pub data_cpf: Option<String>,
    /// `compute.cpf`: for compute nodes.
    pub compute_cpf: Option<String>,
    /// `CSP-merge.ini`: for all web gateways.
    pub csp_merge: Option<String>,
    /// Other keys of `data` and `binaryData`.
    pub unread: Vec<String>,
    /// Those of the four that stand under `binaryData`, as kubectl puts a file that is not UTF-8.
    pub binary: Vec<String>,
}

/// The keys that are read.
pub(super) const KEYS: [&str; 4] = ["common.cpf", "data.cpf", "compute.cpf", "CSP-merge.ini"];

impl ConfigTexts {
    /// Reads a ConfigMap.
    pub(crate) fn of(map: &Value) -> Self {
        let text =
            |key: &str| map.get("data").and_then(|data| data.get(key)).and_then(Value::as_str).map(str::to_owned);
        let keys = |member: &str| -> Vec<String> {
            map.get(member).and_then(Value::as_object).map(|data| data.keys().cloned().collect()).unwrap_or_default()
        };
        let (binary, others): (Vec<String>, Vec<String>) =
            keys("binaryData").into_iter().partition(|key| KEYS.contains(&key.as_str()));
        let unread = keys("data").into_iter().filter(|key| !KEYS.contains(&key.as_str())).chain(others).collect();
        Self {
            common_cpf: text("common.cpf"),
            data_cpf: text("data.cpf"),
            compute_cpf: text("compute.cpf"),
            csp_merge: text("CSP-merge.ini"),
            unread,
            binary,
        }
    }

    /// Texts by their keys.
    pub(crate) fn from_keys(texts: &BTreeMap<String, String>) -> Self {
        texts.iter().fold(Self::default(), |found, (key, text)| found.with(key, Some(text.clone())))
    }

    /// With another text under a key.
    pub(crate) fn with(mut self, key: &str, text: Option<String>) -> Self {
        match key {
            "common.cpf" => self.common_cpf = text,
            "data.cpf" => self.data_cpf = text,
            "compute.cpf" => self.compute_cpf = text,
            "CSP-merge.ini" => self.csp_merge = text,
            _ => {}
        }
        self
    }

    /// The texts by their keys.
    pub(crate) fn by_key(&self) -> BTreeMap<&'static str, &str> {
        let texts = [&self.common_cpf, &self.data_cpf, &self.compute_cpf, &self.csp_merge];
        KEYS.into_iter().zip(texts).filter_map(|(key, text)| Some((key, text.as_deref()?))).collect()
    }
}
