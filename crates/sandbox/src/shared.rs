//! What all handles of a sandbox share: the cluster behind its lock, and those who wait for it.

use std::sync::{
    Arc, Mutex, PoisonError, Weak,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::{Notify, watch};

use super::{error::SandboxError, faults::Faults, folder::Folder, reconcile, requests::RequestLine, world::World};

/// How long writes are collected before they go to disk.
const COALESCE: std::time::Duration = std::time::Duration::from_millis(3);

/// A sandbox.
#[derive(Debug)]
pub(crate) struct Shared {
    world: Mutex<World>,
    version: watch::Sender<u64>,
    /// Wakes the task that runs controllers.
    due: Arc<Notify>,
    /// Wakes the task that writes to disk.
    dirty: Arc<Notify>,
    folder: Option<Mutex<Folder>>,
    requests: Mutex<Vec<RequestLine>>,
    faults: Faults,
    has_tasks: AtomicBool,
}

impl Shared {
    pub(crate) fn new(world: World, folder: Option<Folder>) -> Self {
        Self {
            version: watch::Sender::new(world.store.version()),
            world: Mutex::new(world),
            due: Arc::new(Notify::new()),
            dirty: Arc::new(Notify::new()),
            folder: folder.map(Mutex::new),
            requests: Mutex::new(Vec::new()),
            faults: Faults::default(),
            has_tasks: AtomicBool::new(false),
        }
    }

    /// Does something with the cluster as it is now: controllers have done what is due.
    pub(crate) fn with<T>(&self, action: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        let (version, next) = (*self.version.borrow(), world.next_step());
        let now = world.now();
        reconcile::step(&mut world, now);
        let result = action(&mut world);
        if world.store.version() != version {
            self.version.send_replace(world.store.version());
            self.dirty.notify_one();
        }
        if world.next_step() != next {
            self.due.notify_one();
        }
        result
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }

    pub(crate) fn log(&self, line: RequestLine) {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    pub(crate) fn requests(&self) -> Vec<RequestLine> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes to disk what is not there yet.
    pub(crate) fn save(&self) -> Result<(), SandboxError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        // The folder is locked first, so that an older state can't overwrite a newer one.
        let mut folder = folder.lock().unwrap_or_else(PoisonError::into_inner);
        let (version, objects) = {
            let world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
            (world.store.version(), world.store.all().map(|(_, value)| Arc::clone(value)).collect::<Vec<_>>())
        };
        folder.save(version, &objects)
    }

    /// Starts the tasks that run between requests, once; they end with the sandbox.
    pub(crate) fn start_tasks(self: &Arc<Self>) {
        if self.has_tasks.swap(true, Ordering::Relaxed) {
            return;
        }
        tokio::spawn(run_controllers(Arc::downgrade(self), Arc::clone(&self.due)));
        if self.folder.is_some() {
            tokio::spawn(keep_saving(Arc::downgrade(self), Arc::clone(&self.dirty)));
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // A caller that needs to know whether this worked calls flush.
        let _ = self.save();
    }
}

async fn run_controllers(shared: Weak<Shared>, due: Arc<Notify>) {
    loop {
        let Some(next) = shared.upgrade().map(|shared| shared.with(|world| world.next_step())) else { return };
        let sleep = async {
            match next {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = sleep => {}
            () = due.notified() => {}
        }
    }
}

async fn keep_saving(shared: Weak<Shared>, dirty: Arc<Notify>) {
    loop {
        dirty.notified().await;
        tokio::time::sleep(COALESCE).await;
        let Some(shared) = shared.upgrade() else { return };
        // A state that can't be written now is tried again at the next change, and reported by flush.
        let _ = tokio::task::spawn_blocking(move || shared.save()).await;
    }
}
