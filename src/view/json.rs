//! The plan document as JSON.

use iriskit_state::{
    json_text,
    plan::{Plan, PlanFileError},
};
use serde_json::Value;

/// The document as a plan file holds it: sorted keys, two spaces of indentation, a final newline.
///
/// # Errors
/// The document can't be represented, which no plan that was read or made can cause.
pub fn json(plan: &Plan) -> Result<String, PlanFileError> {
    let document: Value = serde_json::to_value(plan).map_err(|error| PlanFileError::NotAPlan(error.to_string()))?;
    Ok(json_text(&document))
}
