//! What a request asks for, read out of path, query and headers.

use http::Request;
use serde_json::{Value, json as object};

use super::{json, query::Query};
use crate::{
    clock::Now,
    key::{Key, Resource},
    objects::Failure,
    registry::Served,
    strategy::Strategy,
};
use iriskit_kubernetes::schema::Kind;

/// Largest body that the server reads.
const MOST_BYTES: usize = 3 * 1024 * 1024;
/// Longest name of a field manager.
const LONGEST_MANAGER: usize = 128;

/// A request for one object or for a collection of one kind.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) kind: &'static Kind,
    pub(super) strategy: &'static dyn Strategy,
    /// Empty for cluster-scoped kinds, and for all namespaces.
    pub(super) namespace: String,
    /// Empty for a collection.
    pub(super) name: String,
    /// `status`, `scale` or empty.
    pub(super) subresource: String,
    /// The field manager, from the query or the user agent.
    pub(super) manager: String,
    pub(super) dry_run: bool,
    pub(super) query: Query,
    pub(super) now: Now,
}

impl Call {
    pub(super) fn served(&self) -> Served {
        Served { kind: self.kind, strategy: self.strategy }
    }

    pub(super) fn key(&self) -> Key {
        Key::new(Resource::of(self.kind), &self.namespace, &self.name)
    }
}

/// The field manager: as the query says, else the user agent up to its first `/`.
pub(super) fn manager<B>(request: &Request<B>, query: &Query) -> Result<String, Failure> {
    let agent = request.headers().get(http::header::USER_AGENT).and_then(|value| value.to_str().ok());
    let agent = agent.and_then(|agent| agent.split('/').next()).unwrap_or("unknown");
    let manager = query.get("fieldManager").unwrap_or(agent);
    if manager.len() > LONGEST_MANAGER {
        let message = format!("Too long: may not be more than {LONGEST_MANAGER} bytes");
        return Err(bad_option("fieldManager", "FieldValueTooLong", &message));
    }
    Ok(manager.to_owned())
}

/// `dryRun=All`, or nothing.
pub(super) fn dry_run(query: &Query) -> Result<bool, Failure> {
    match query.get("dryRun") {
        None => Ok(false),
        Some("All") => Ok(true),
        Some(other) => {
            let message = format!("Unsupported value: \"{other}\": supported values: \"All\"");
            Err(bad_option("dryRun", "FieldValueNotSupported", &message))
        }
    }
}

/// 422 about a parameter of a write.
pub(super) fn bad_option(field: &str, reason: &str, message: &str) -> Failure {
    let mut failure =
        Failure::new(422, "Invalid", format!("PatchOptions.meta.k8s.io \"\" is invalid: {field}: {message}"));
    failure.details = Some(object!({
        "group": "meta.k8s.io",
        "kind": "PatchOptions",
        "causes": [{"reason": reason, "message": message, "field": field}],
    }));
    failure
}

/// The media type of a body, without parameters.
pub(super) fn media_type<B>(request: &Request<B>) -> &str {
    let header = request.headers().get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    header.and_then(|header| header.split(';').next()).unwrap_or("application/json").trim()
}

/// A body that was read.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) value: Value,
    /// Keys that stand twice in the text.
    pub(super) twice: Vec<String>,
}

/// Reads a body: JSON, or YAML where its type says so.
pub(super) fn parse(bytes: &[u8], media_type: &str) -> Result<Body, Failure> {
    if bytes.len() > MOST_BYTES {
        let message = "Request entity too large: limit is 3145728";
        return Err(Failure::new(413, "RequestEntityTooLarge", message));
    }
    match json::parse(bytes) {
        Ok((value, twice)) => Ok(Body { value, twice }),
        Err(_) if media_type.ends_with("yaml") => serde_yaml::from_slice(bytes)
            .map(|value| Body { value, twice: Vec::new() })
            .map_err(|error| Failure::bad_request(format!("error decoding YAML: {error}"))),
        Err(error) => Err(Failure::bad_request(format!("couldn't decode the body: {error}"))),
    }
}
