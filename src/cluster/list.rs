//! Reading.

use serde_json::Value;

use super::{ApiError, Cluster, exchange::Call, resource::Resource, uri::Target};
use iriskit_kubernetes::schema::ObjectRef;

/// The objects of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct List {
    /// Where a watch may go on.
    pub resource_version: String,
    /// The objects, with `apiVersion` and `kind` filled in, in the server's order.
    pub items: Vec<Value>,
}

impl Cluster {
    /// One object; `None` when it, its namespace or (for kinds that are not built in) its kind does not exist.
    pub async fn get(&self, object: &ObjectRef) -> Result<Option<Value>, ApiError> {
        match self.exchange(&Call::get(Target::new(Resource::path(object)?))).await {
            Ok(answer) => Ok(Some(answer.body)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All objects of a kind in a namespace, or in all namespaces.
    pub async fn list(
        &self,
        api_version: &str,
        kind: &str,
        namespace: Option<&str>,
        label_selector: Option<&str>,
    ) -> Result<List, ApiError> {
        let resource = Resource::of(api_version, kind)?;
        let target = Target::new(resource.collection(namespace)).maybe("labelSelector", label_selector);
        let path = target.as_str().to_owned();
        let mut body = self.exchange(&Call::get(target)).await?.body;
        let resource_version = body.pointer("/metadata/resourceVersion").and_then(Value::as_str).map(str::to_owned);
        let items = body.get_mut("items").map(Value::take);
        let (Some(resource_version), Some(items)) = (resource_version, items) else {
            return Err(ApiError::Malformed { path, message: "the answer is not a list".to_owned() });
        };
        // An empty list may be null.
        let mut items = match items {
            Value::Array(items) => items,
            _ => Vec::new(),
        };
        for members in items.iter_mut().filter_map(Value::as_object_mut) {
            members.insert("apiVersion".to_owned(), Value::from(api_version));
            members.insert("kind".to_owned(), Value::from(kind));
        }
        Ok(List { resource_version, items })
    }
}
