//! What expansion needs beside the `IrisCluster`.

use serde_json::{Map, Value};

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
}

impl ConfigTexts {
    /// Reads `data` of a ConfigMap; other keys are left out.
    pub(crate) fn from_data(data: &Map<String, Value>) -> Self {
        let text = |key: &str| data.get(key).and_then(Value::as_str).map(str::to_owned);
        Self {
            common_cpf: text("common.cpf"),
            data_cpf: text("data.cpf"),
            compute_cpf: text("compute.cpf"),
            csp_merge: text("CSP-merge.ini"),
        }
    }
}
