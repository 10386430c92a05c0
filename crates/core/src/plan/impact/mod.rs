//! What a change does to what runs. In go a change and the live pods; out come restarts, outages and when parameters take effect,
//! each with the rule that predicts it.

pub(crate) mod companion_pods;
pub(crate) mod image_change;
pub(crate) mod kubernetes_roll;
pub(crate) mod license_key;
pub(crate) mod mirror_roll;
pub(crate) mod parameters;
pub(crate) mod pending_restarts;
pub(crate) mod pod_images;
pub(crate) mod pod_template;
pub(crate) mod pods;
pub(crate) mod predicted;
pub(crate) mod restarts;
pub(crate) mod revisions;
pub(crate) mod rollout_limits;
pub(crate) mod scale;
pub(crate) mod service_outages;
pub(crate) mod set_deletion;
pub(crate) mod set_start;
pub(crate) mod stuck_pods;
pub(crate) mod subject;
