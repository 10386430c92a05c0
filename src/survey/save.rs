//! Making a plan ready for a file: the holes of its secrets get their hashes.

use iriskit_state::{
    hole_hash, new_salt,
    plan::{Plan, Step},
    sealed,
};

use super::SurveyError;
use iriskit_core::plan::SecretValues;

/// Gives every hole its own salt and the slow hash of its value.
pub fn seal(plan: &mut Plan, secret_values: &SecretValues) -> Result<(), SurveyError> {
    for change in &mut plan.resource_changes {
        for step in &mut change.steps {
            let (Step::Create { body, holes, .. } | Step::Update { body, holes, .. }) = step else { continue };
            for hole in holes {
                let value = secret_values.value(&change.address, body, hole).unwrap_or_default();
                // Of what comes from a snapshot only the seal is known, which is what a hole needs.
                (hole.salt, hole.hash) = if let Some((salt, hash)) = sealed(value) {
                    (salt.to_owned(), hash.to_owned())
                } else {
                    let salt = new_salt().ok_or(SurveyError::Random)?;
                    let hash = hole_hash(&salt, value);
                    (salt, hash)
                };
            }
        }
    }
    Ok(())
}
