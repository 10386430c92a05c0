//! What is known of Kubernetes' kinds and types without asking a server, and the words for places inside objects.

mod object_ref;

pub use object_ref::ObjectRef;
