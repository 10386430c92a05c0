//! All objects, one counter of versions, and the log of changes that watches read.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use serde_json::Value;

use super::{
    fields,
    key::{Key, Resource},
};

/// How many changes a watch may lag behind.
const LOG_LENGTH: usize = 20_000;

/// The objects of a cluster.
#[derive(Debug, Default)]
pub(crate) struct Store {
    objects: BTreeMap<Key, Arc<Value>>,
    log: VecDeque<Change>,
    version: u64,
    /// Changes up to this version are no longer known.
    compacted: u64,
}

/// One write.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) version: u64,
    pub(crate) key: Key,
    pub(crate) old: Option<Arc<Value>>,
    pub(crate) new: Option<Arc<Value>>,
}

/// The version asked for is older than the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expired {
    pub(crate) asked: u64,
    pub(crate) oldest: u64,
}

impl Store {
    /// A store as it was kept: nothing is known of the changes that led to it.
    pub(crate) fn restored(version: u64, objects: impl IntoIterator<Item = (Key, Value)>) -> Self {
        let objects = objects.into_iter().map(|(key, value)| (key, Arc::new(value))).collect();
        Self { objects, log: VecDeque::new(), version, compacted: version }
    }

    /// The version of the last write.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// Every object, in the order of keys.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Key, &Arc<Value>)> {
        self.objects.iter()
    }

    /// One object.
    pub(crate) fn get(&self, key: &Key) -> Option<&Arc<Value>> {
        self.objects.get(key)
    }

    /// The objects of a resource, in one namespace or in all.
    pub(crate) fn list<'a>(
        &'a self,
        resource: Resource,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a Key, &'a Arc<Value>)> {
        self.objects
            .range(Key::new(resource, namespace.unwrap_or_default(), "")..)
            .take_while(move |(key, _)| key.resource == resource && namespace.is_none_or(|only| key.namespace == only))
    }

    /// Keys of a resource, to change the objects one after the other.
    pub(crate) fn keys(&self, resource: Resource, namespace: Option<&str>) -> Vec<Key> {
        self.list(resource, namespace).map(|(key, _)| key.clone()).collect()
    }

    /// Writes an object, stamped with the next version.
    pub(crate) fn put(&mut self, key: Key, mut value: Value) -> Arc<Value> {
        self.version += 1;
        fields::set(&mut value, &["metadata", "resourceVersion"], Some(Value::from(self.version.to_string())));
        let new = Arc::new(value);
        let old = self.objects.insert(key.clone(), Arc::clone(&new));
        self.record(Change { version: self.version, key, old, new: Some(Arc::clone(&new)) });
        new
    }

    /// Removes an object for good.
    pub(crate) fn remove(&mut self, key: &Key) -> Option<Arc<Value>> {
        let old = self.objects.remove(key)?;
        self.version += 1;
        self.record(Change { version: self.version, key: key.clone(), old: Some(Arc::clone(&old)), new: None });
        Some(old)
    }

    /// The changes after a version, oldest first.
    pub(crate) fn changes_after(&self, version: u64) -> Result<impl Iterator<Item = &Change>, Expired> {
        self.check(version)?;
        let start = self.log.partition_point(|change| change.version <= version);
        Ok(self.log.range(start..))
    }

    /// The objects of a resource as they were at a version.
    pub(crate) fn list_at(
        &self,
        resource: Resource,
        namespace: Option<&str>,
        version: u64,
    ) -> Result<BTreeMap<Key, Arc<Value>>, Expired> {
        self.check(version)?;
        let mut found: BTreeMap<Key, Arc<Value>> =
            self.list(resource, namespace).map(|(key, value)| (key.clone(), Arc::clone(value))).collect();
        let wanted = |key: &Key| key.resource == resource && namespace.is_none_or(|only| key.namespace == only);
        for change in self.log.iter().rev().take_while(|change| change.version > version) {
            if !wanted(&change.key) {
                continue;
            }
            match &change.old {
                Some(old) => found.insert(change.key.clone(), Arc::clone(old)),
                None => found.remove(&change.key),
            };
        }
        Ok(found)
    }

    fn check(&self, version: u64) -> Result<(), Expired> {
        if version < self.compacted {
            return Err(Expired { asked: version, oldest: self.compacted });
        }
        Ok(())
    }

    /// Forgets all changes so far, as the compaction of a server does.
    pub(crate) fn compact(&mut self) {
        self.log.clear();
        self.compacted = self.version;
    }

    fn record(&mut self, change: Change) {
        self.log.push_back(change);
        if self.log.len() > LOG_LENGTH
            && let Some(oldest) = self.log.pop_front()
        {
            self.compacted = oldest.version;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(name: &str) -> Key {
        Key::new(Resource::CONFIG_MAPS, "n", name)
    }

    #[test]
    fn a_list_of_the_past_undoes_later_writes() {
        let mut store = Store::default();
        store.put(key("a"), json!({"data": 1}));
        store.put(key("b"), json!({"data": 1}));
        let then = store.version();
        store.put(key("a"), json!({"data": 2}));
        store.remove(&key("b"));
        store.put(key("c"), json!({"data": 3}));
        let past = store.list_at(Resource::CONFIG_MAPS, Some("n"), then).unwrap();
        let seen: Vec<_> = past.iter().map(|(key, value)| (key.name.as_str(), value["data"].clone())).collect();
        assert_eq!(seen, [("a", json!(1)), ("b", json!(1))]);
        assert_eq!(store.list(Resource::CONFIG_MAPS, None).count(), 2);
    }

    #[test]
    fn a_forgotten_version_is_an_error() {
        let mut store = Store::default();
        store.put(key("a"), json!({}));
        store.put(key("a"), json!({}));
        store.compact();
        assert_eq!(store.changes_after(1).err(), Some(Expired { asked: 1, oldest: 2 }));
        assert_eq!(store.changes_after(2).unwrap().count(), 0);
    }

    #[test]
    fn namespaces_do_not_run_into_each_other() {
        let mut store = Store::default();
        for namespace in ["n", "n-2", "m"] {
            store.put(Key::new(Resource::PODS, namespace, "p"), json!({}));
        }
        store.put(Key::new(Resource::CLAIMS, "n", "p"), json!({}));
        assert_eq!(store.keys(Resource::PODS, Some("n")), [Key::new(Resource::PODS, "n", "p")]);
        assert_eq!(store.keys(Resource::PODS, None).len(), 3);
    }
}
