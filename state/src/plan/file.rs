//! The plan file: the canonical document, sealed with its digest.

use serde_json::Value;

use super::Plan;
use crate::{
    VersionError,
    json_text::{json_text, plain_json_text},
    sha256_hex, version,
};

/// The version that this crate writes.
pub const FORMAT_VERSION: &str = "1.2";
const VERSION: (u32, u32) = (1, 2);

/// Why a plan file is refused.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// Not a plan document at all.
    #[error("not a plan file: {0}")]
    NotAPlan(String),
    /// A plan as `--json` prints it.
    #[error("not a saved plan, use -o: it is the JSON of one and has no digest")]
    Unsealed,
    /// Another format version.
    #[error(transparent)]
    Version(#[from] VersionError),
    /// Its content is not what was written.
    #[error("the plan file was altered: its digest is {found}, its content has {computed}")]
    Digest {
        /// What the file says.
        found: String,
        /// What its content gives.
        computed: String,
    },
    /// Same content, other bytes.
    #[error("the plan file was altered: it is not in the form that iriskit writes (first difference at byte {0})")]
    NotCanonical(usize),
}

/// Seals `plan` with its digest and gives the file's text: JSON with sorted keys, two spaces of indentation and a
/// final newline.
pub fn write(plan: &mut Plan) -> Result<String, PlanFileError> {
    plan.digest = String::new();
    plan.digest = digest(&to_value(plan)?);
    Ok(json_text(&to_value(plan)?))
}

/// Reads a plan file and refuses it unless every byte is as it was written.
pub fn read(file: &str) -> Result<Plan, PlanFileError> {
    let value: Value = serde_json::from_str(file).map_err(|error| PlanFileError::NotAPlan(error.to_string()))?;
    let found = value.get("format_version").and_then(Value::as_str);
    version::check(found.ok_or_else(|| PlanFileError::NotAPlan("it has no format_version".into()))?, VERSION)?;
    let sealed = value.get("digest").and_then(Value::as_str);
    let sealed = sealed.ok_or_else(|| PlanFileError::NotAPlan("it has no digest".into()))?;
    if sealed.is_empty() {
        return Err(PlanFileError::Unsealed);
    }
    let computed = digest(&value);
    // First, so that an altered word is reported as altered, and not as unknown to this version.
    if sealed != computed {
        return Err(PlanFileError::Digest { found: sealed.to_owned(), computed });
    }
    let plan: Plan = serde_json::from_value(value).map_err(|error| PlanFileError::NotAPlan(error.to_string()))?;
    let value = to_value(&plan)?;
    if plain_json_text(&value) == file {
        return Ok(plan);
    }
    let canonical = json_text(&value);
    match canonical.bytes().zip(file.bytes()).position(|(ours, theirs)| ours != theirs) {
        Some(at) => Err(PlanFileError::NotCanonical(at)),
        None if canonical.len() != file.len() => Err(PlanFileError::NotCanonical(canonical.len().min(file.len()))),
        None => Ok(plan),
    }
}

fn to_value(plan: &Plan) -> Result<Value, PlanFileError> {
    serde_json::to_value(plan).map_err(|error| PlanFileError::NotAPlan(error.to_string()))
}

fn digest(document: &Value) -> String {
    let mut bare = document.clone();
    if let Some(members) = bare.as_object_mut() {
        members.remove("digest");
    }
    format!("sha256:{}", sha256_hex(bare.to_string().as_bytes()))
}
