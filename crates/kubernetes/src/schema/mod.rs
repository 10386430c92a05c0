//! What is known of Kubernetes' kinds and types without asking a server, and the words for places inside objects.

mod access;
mod canonical;
mod check;
mod error;
mod field_set;
mod inside;
mod items;
mod leaves;
mod object_ref;
mod path;
pub mod quantity;
mod stored;
mod table;
pub mod usage;

pub use access::{get, remove, set, type_at};
pub use canonical::{canonical, canonical_value, equal_after_canonicalisation};
pub use check::{Problem, ProblemKind, check};
pub use error::SchemaError;
pub(crate) use field_set::collect;
pub use field_set::{FieldSet, Leaves};
pub use items::item_element;
pub use leaves::leaves;
pub use object_ref::ObjectRef;
pub use path::{Path, PathElement, PathError};
pub(crate) use stored::empty;
pub use stored::{default, default_at, default_value, vanishes};
pub use table::{Kind, ListKind, Scalar, Table, TableError, Type, TypeId, table};
