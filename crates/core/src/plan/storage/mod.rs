//! What a change does to claims and volumes. In go claim templates and live claims; out come the volumes that are made, grow,
//! are used again, stay or are deleted.

pub(crate) mod claim_changes;
pub(crate) mod claim_growth;
pub(crate) mod claim_templates;
pub(crate) mod claim_users;
pub(crate) mod lost_volumes;
pub(crate) mod missing_claims;
pub(crate) mod volume_effects;
