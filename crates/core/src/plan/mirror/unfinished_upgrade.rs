//! New versions that not every fail-over member of a mirror has been primary in: once all members are new their pods don't
//! tell it any more, so the record does.

use iriskit_state::record::Record;
use serde_json::Value;

use crate::plan::{
    impact::pod_template::image,
    live::Live,
    mirror::members::{blind, members, mirror_state},
};
use iriskit_kubernetes::schema::ObjectRef;

/// What the record says of a set's new version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unfinished {
    /// The image that its members come to.
    image: String,
    /// Members that have been primary in it.
    was_primary: Vec<String>,
}

impl Unfinished {
    /// What the record of its cluster says of an object.
    pub(crate) fn of(record: Option<&Record>, object: &ObjectRef) -> Option<Self> {
        let upgrades = &record?.upgrades;
        let known = upgrades.iter().find(|known| object.kind == "StatefulSet" && known.set == object.name)?;
        Some(Self { image: known.image.clone(), was_primary: known.was_primary.clone() })
    }

    /// Whether it is over by now, where no pod of `set` is outdated: the members come to another version, or the mirror is
    /// whole and the primary is the last one that had not been primary.
    pub(crate) fn is_finished(&self, set: &Value, live: &Live) -> bool {
        let Some(was_primary) = self.primaries_in(set) else { return true };
        let all = members(set, live);
        let state = mirror_state(set, &all);
        let Ok(Some(primary)) = state.is_whole(blind(set, &all)) else { return false };
        let has_been = |name: &str| name == primary.name || was_primary.iter().any(|known| known == name);
        state.members.iter().filter(|member| !member.is_async()).all(|member| has_been(&member.name))
    }

    /// The members that have been primary, if this is the version that the members of `set` come to.
    pub(crate) fn primaries_in(&self, set: &Value) -> Option<&[String]> {
        let wanted = image(set)?;
        (wanted == self.image).then_some(self.was_primary.as_slice())
    }
}
