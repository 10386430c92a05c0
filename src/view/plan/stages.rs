//! The stages in which something happens.

use iriskit_state::plan::StageName;

use super::{change, lookup::Lookup};
use crate::view::document::{Section, Subject};

/// A section for each.
pub(super) fn sections(lookup: &Lookup<'_>) -> Vec<Section> {
    // Where everything is removed, saying it of every stage is noise.
    let title = |name: StageName| if lookup.destroys() { name.without_removal() } else { name };
    let stages = lookup.stages().into_iter().enumerate();
    let section = |(at, (name, changes)): (usize, (StageName, Vec<_>))| Section {
        subject: Subject::Stage(at + 1),
        title: title(name).to_string(),
        rows: changes.into_iter().map(|change| change::row(lookup, change)).collect(),
        details: Vec::new(),
    };
    stages.map(section).collect()
}
