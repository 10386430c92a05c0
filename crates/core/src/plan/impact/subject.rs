//! What predictions ask of an object besides its values.

use iriskit_kubernetes::schema::ObjectRef;
use iriskit_state::plan::Component;

use crate::expand::{Desired, Rolling};

/// An object of which something is predicted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// Which object.
    pub(crate) object: &'a ObjectRef,
    /// What it belongs to.
    pub(crate) component: Component,
    /// How its pods are rolled.
    pub(crate) rolling: Rolling,
    /// Whether its pods hold data in volumes.
    pub(crate) holds_data: bool,
}

impl<'a> From<&'a Desired> for Subject<'a> {
    fn from(desired: &'a Desired) -> Self {
        let Desired { object, component, rolling, holds_data, .. } = desired;
        Self { object, component: *component, rolling: *rolling, holds_data: *holds_data }
    }
}
