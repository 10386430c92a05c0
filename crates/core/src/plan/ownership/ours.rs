//! What is ours: the one predicate of plan, removal, destroy and record.
//!
//! An object is ours when it has our label of membership and is either the very object that the record has, or bears our
//! marks under a name that is known: it may have been restored from a backup or made again by `kubectl replace --force`,
//! and then it has another uid. Where somebody took the label away, the uid of the record and our fields prove the same.

use std::collections::BTreeMap;

use iriskit_state::record::{Record, RecordedObject};
use serde_json::Value;

use super::applyset::{self, PART_OF};
use crate::diff::{Applied, our_fields};
use iriskit_kubernetes::{schema::ObjectRef, views::Object};

/// The objects of one IrisCluster: its ApplySet, and its record as far as there is one.
#[derive(Debug, Clone)]
pub struct Membership<'a> {
    applyset: String,
    recorded: BTreeMap<Place<'a>, &'a RecordedObject>,
}

/// Kind, namespace and name: a record may have been written when the kind had another version.
type Place<'a> = (&'a str, Option<&'a str>, &'a str);

/// Whose an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belonging {
    /// Of this cluster.
    Ours,
    /// It has our label, and nothing else says that iriskit made it under this name.
    Unproven,
    /// Of somebody else, or of another cluster.
    Foreign,
}

impl<'a> Membership<'a> {
    /// Of a cluster.
    pub fn new(namespace: &str, cluster: &str, record: Option<&'a Record>) -> Self {
        let mut recorded = BTreeMap::new();
        for known in record.map(|record| record.objects.as_slice()).unwrap_or_default() {
            let place = (known.kind.as_str(), known.namespace.as_deref(), known.name.as_str());
            recorded.entry(place).or_insert(known);
        }
        Self { applyset: applyset::id(namespace, cluster), recorded }
    }

    /// The value of the label that its objects carry.
    pub(crate) fn id(&self) -> &str {
        &self.applyset
    }

    /// What the record has under the name of this object, whatever its uid.
    pub(crate) fn recorded(&self, object: &ObjectRef) -> Option<&'a RecordedObject> {
        let place = (object.kind.as_str(), object.namespace.as_deref(), object.name.as_str());
        self.recorded.get(&place).copied()
    }

    /// Whose the live object `found` is. `wanted`: the manifest asks for an object of this name, so that it needs no record.
    pub fn judge(&self, object: &ObjectRef, found: &Value, wanted: bool) -> Belonging {
        let view = Object::new(found);
        let recorded = self.recorded(object);
        let is_recorded_one = view.uid().is_some() && recorded.is_some_and(|known| known.uid.as_deref() == view.uid());
        match view.label(PART_OF) {
            Some(other) if other != self.applyset => Belonging::Foreign,
            // A take-over that was cut off leaves fields of ours before the label, perhaps one for another cluster.
            None if is_recorded_one && our_fields(found).is_some() => Belonging::Ours,
            None => Belonging::Foreign,
            // An object that was about to be made when its run was cut off has no uid in the record yet.
            Some(_) if is_recorded_one || recorded.is_some_and(|known| known.uid.is_none()) => Belonging::Ours,
            Some(_) if (wanted || recorded.is_some()) && is_marked(found) => Belonging::Ours,
            Some(_) => Belonging::Unproven,
        }
    }
}

/// Whether iriskit applied it, under this uid or an earlier one: tools that make an object again keep its annotations, and
/// some of them its field managers.
fn is_marked(found: &Value) -> bool {
    our_fields(found).is_some() || Applied::read(found).is_some()
}
