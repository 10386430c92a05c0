//! New versions that not every fail-over member of a mirror has been primary in: once all members are new their pods don't
//! tell it any more, so the record does.

use iriskit_state::record::Record;
use serde_json::Value;

use crate::plan::impact::pod_template::image;
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

    /// The members that have been primary, if this is the version that the members of `set` come to.
    pub(crate) fn primaries_in(&self, set: &Value) -> Option<&[String]> {
        let wanted = image(set)?;
        (wanted == self.image).then_some(self.was_primary.as_slice())
    }
}
