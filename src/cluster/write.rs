//! Writing.

use http::Method;
use serde_json::{Value, json};

use super::{
    ApiError, Cluster, FIELD_MANAGER,
    exchange::{APPLY_PATCH, Call, JSON, MERGE_PATCH},
    resource::Resource,
    uri::Target,
};
use iriskit_kubernetes::schema::ObjectRef;

/// How to apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ApplyMode {
    /// Only ask what would happen.
    pub dry_run: bool,
    /// Take fields from other managers.
    pub force: bool,
}

/// What came of an apply.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The object as it is now.
    pub object: Value,
    /// Whether it did not exist before (201).
    pub created: bool,
    /// Texts of `Warning` headers.
    pub warnings: Vec<String>,
}

/// What becomes of dependents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Propagation {
    /// They go after the object.
    #[default]
    Background,
    /// They go before the object.
    Foreground,
    /// They stay.
    Orphan,
}

/// How to delete.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeleteOptions {
    /// Only an object with this uid.
    pub uid: Option<String>,
    /// Only an object that has not changed since. Any status write moves it.
    pub resource_version: Option<String>,
    /// What becomes of dependents.
    pub propagation: Propagation,
    /// Only ask what would happen.
    pub dry_run: bool,
}

impl Cluster {
    /// Server-side apply of the full set of our fields, strictly validated.
    pub async fn apply(&self, object: &ObjectRef, body: &Value, mode: ApplyMode) -> Result<Applied, ApiError> {
        let target = Target::new(Resource::path(object)?)
            .with("fieldManager", FIELD_MANAGER)
            .with("fieldValidation", "Strict")
            .dry_run(mode.dry_run);
        let target = if mode.force { target.with("force", "true") } else { target };
        let call = Call::with_body(Method::PATCH, target, APPLY_PATCH, body).harmless(mode.dry_run);
        let answer = self.exchange(&call).await.map_err(|error| error.without_secrets_of(body, self.mask()))?;
        let warnings = self.masked(&answer.warnings, body);
        Ok(Applied { object: answer.body, created: answer.code == 201, warnings })
    }

    /// POST: fails when the object exists. Gives the object as it is now.
    pub async fn create(&self, object: &ObjectRef, body: &Value) -> Result<Value, ApiError> {
        let resource = Resource::of(&object.api_version, &object.kind)?;
        let target = Target::new(resource.collection(object.namespace.as_deref()))
            .with("fieldManager", FIELD_MANAGER)
            .with("fieldValidation", "Strict");
        self.written(&Call::with_body(Method::POST, target, JSON, body), body).await
    }

    /// POST as a dry-run: whether the object could be made, by whomever. Gives it as it would be.
    pub async fn attempt_create(&self, object: &ObjectRef, body: &Value) -> Result<Value, ApiError> {
        let resource = Resource::of(&object.api_version, &object.kind)?;
        let target = Target::new(resource.collection(object.namespace.as_deref()))
            .with("fieldManager", FIELD_MANAGER)
            .dry_run(true);
        self.written(&Call::with_body(Method::POST, target, JSON, body).harmless(true), body).await
    }

    /// PUT: with `metadata.resourceVersion` in the body a compare-and-swap. Gives the object as it is now.
    pub async fn replace(&self, object: &ObjectRef, body: &Value) -> Result<Value, ApiError> {
        let target =
            Target::new(Resource::path(object)?).with("fieldManager", FIELD_MANAGER).with("fieldValidation", "Strict");
        self.written(&Call::with_body(Method::PUT, target, JSON, body), body).await
    }

    /// A merge patch (RFC 7386): null removes a member. Gives the object as it is now.
    pub async fn merge_patch(&self, object: &ObjectRef, patch: &Value) -> Result<Value, ApiError> {
        let target = Target::new(Resource::path(object)?).with("fieldManager", FIELD_MANAGER);
        self.written(&Call::with_body(Method::PATCH, target, MERGE_PATCH, patch), patch).await
    }

    /// The object as it is after a write; an error does not repeat what was sent.
    async fn written(&self, call: &Call, body: &Value) -> Result<Value, ApiError> {
        let answer = self.exchange(call).await.map_err(|error| error.without_secrets_of(body, self.mask()))?;
        Ok(answer.body)
    }

    /// A dry-run of a merge patch.
    pub async fn rehearse_patch(&self, object: &ObjectRef, patch: &Value) -> Result<Applied, ApiError> {
        let target = Target::new(Resource::path(object)?).with("fieldManager", FIELD_MANAGER).dry_run(true);
        let call = Call::with_body(Method::PATCH, target, MERGE_PATCH, patch).harmless(true);
        let answer = self.exchange(&call).await.map_err(|error| error.without_secrets_of(patch, self.mask()))?;
        Ok(Applied { object: answer.body, created: false, warnings: self.masked(&answer.warnings, patch) })
    }

    /// Deletes. Gives the object when it stays for a while (finalizers, grace period), else a `Status`.
    pub async fn delete(&self, object: &ObjectRef, options: &DeleteOptions) -> Result<Value, ApiError> {
        let policy = match options.propagation {
            Propagation::Background => "Background",
            Propagation::Foreground => "Foreground",
            Propagation::Orphan => "Orphan",
        };
        // Unknown members would be ignored: these names are the server's.
        let mut body = json!({"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": policy});
        let guards: serde_json::Map<String, Value> =
            [("uid", &options.uid), ("resourceVersion", &options.resource_version)]
                .into_iter()
                .filter_map(|(name, guard)| Some((name.to_owned(), Value::from(guard.clone()?))))
                .collect();
        if let Some(members) = body.as_object_mut()
            && !guards.is_empty()
        {
            members.insert("preconditions".to_owned(), Value::Object(guards));
        }
        // A server that is given a body looks there alone: in the query `dryRun` would count for nothing. It is said there,
        // too, for readers of access logs.
        if options.dry_run
            && let Some(members) = body.as_object_mut()
        {
            members.insert("dryRun".to_owned(), json!(["All"]));
        }
        let target = Target::new(Resource::path(object)?).dry_run(options.dry_run);
        let call = Call::with_body(Method::DELETE, target, JSON, &body).harmless(options.dry_run);
        Ok(self.exchange(&call).await?.body)
    }
}
