//! Why nothing comes of a survey.

use iriskit_core::plan::planner::PlanError;

use crate::cluster::ApiError;

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    /// A request failed that a plan can't do without.
    #[error("{what}: {error}")]
    Api {
        /// What was asked for.
        what: String,
        /// The failure.
        error: Box<ApiError>,
    },
    /// What was read makes no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// No randomness for ids and salts.
    #[error("the operating system provides no random numbers")]
    Random,
}
