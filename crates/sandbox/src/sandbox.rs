//! The handle that the rest of iriskit has.

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use http::{Request, Response};
use serde_json::Value;

use super::{
    controllers::mirror,
    error::SandboxError,
    faults::Faults,
    fields,
    folder::Folder,
    http::{SandboxBody, respond},
    key::{Key, Resource},
    kinds,
    requests::RequestLine,
    seed,
    shared::Shared,
    store::Store,
    timing::Timing,
    world::World,
};

/// A Kubernetes cluster that is played in this process. Clones are the same cluster.
#[derive(Debug, Clone)]
pub struct Sandbox(Arc<Shared>);

impl Sandbox {
    /// Opens the sandbox that is kept in a folder, or a new one; without a folder it lives in memory only.
    pub fn open(folder: Option<&Path>) -> Result<Self, SandboxError> {
        Self::open_with(folder, Timing::default())
    }

    /// [`Sandbox::open`] with other times.
    pub fn open_with(folder: Option<&Path>, timing: Timing) -> Result<Self, SandboxError> {
        let (folder, store) = match folder {
            Some(path) => {
                let (folder, store) = Folder::open(path, kinds::registry())?;
                (Some(folder), store)
            }
            None => (None, None),
        };
        let mut world = World::new(kinds::registry(), store.unwrap_or_else(Store::default), timing);
        seed::furnish(&mut world);
        let shared = Arc::new(Shared::new(world, folder));
        // What stood still since the last process, such as the reports of mirror members, goes on before the first read.
        shared.with(|_| ());
        Ok(Self(shared))
    }

    /// A sandbox in memory that holds these objects as they are, as far as it serves their kinds.
    pub fn holding(objects: Vec<Value>) -> Self {
        let version =
            objects.iter().filter_map(|object| fields::text(object, "/metadata/resourceVersion").parse().ok());
        let version = version.max().unwrap_or(0);
        let keyed = objects.into_iter().filter_map(|object| Some((key_of(&object)?, object)));
        let world = World::new(kinds::registry(), Store::restored(version, keyed), Timing::default());
        Self(Arc::new(Shared::new(world, None)))
    }

    /// Answers a request to the API. Must be called inside a tokio runtime.
    pub fn call(
        &self,
        request: Request<Bytes>,
    ) -> impl Future<Output = Response<SandboxBody>> + Send + 'static + use<> {
        let shared = Arc::clone(&self.0);
        async move {
            shared.start_tasks();
            respond(shared, request).await
        }
    }

    /// Writes everything to the folder; to be called before the process ends.
    pub fn flush(&self) -> Result<(), SandboxError> {
        self.0.save()
    }

    /// Makes the backup of a mirrored StatefulSet primary; gives the name of its pod.
    pub fn fail_over(&self, namespace: &str, stateful_set: &str) -> Result<String, SandboxError> {
        self.0.with(|world| {
            let now = world.now();
            mirror::fail_over(world, namespace, stateful_set, now)
        })
    }

    /// Forgets old changes, as the compaction of a server does: watches from before get "too old resource version".
    pub fn compact(&self) {
        self.0.with(|world| world.store.compact());
    }

    /// Faults on purpose.
    pub fn faults(&self) -> Faults {
        self.0.faults().clone()
    }

    /// What was asked so far, in order.
    pub fn requests(&self) -> Vec<RequestLine> {
        self.0.requests()
    }
}

fn key_of(object: &Value) -> Option<Key> {
    let (api_version, kind) = (fields::text(object, "/apiVersion"), fields::text(object, "/kind"));
    let served = kinds::registry().kind(api_version, kind)?;
    Some(Key::new(Resource::of(served.kind), fields::text(object, "/metadata/namespace"), fields::name(object)))
}

/// What handles share, for tests that wait for changes.
#[cfg(test)]
pub(super) fn shared_of(sandbox: &Sandbox) -> &Arc<Shared> {
    &sandbox.0
}
