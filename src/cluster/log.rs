//! The last lines that a container wrote.

use super::{ApiError, Cluster, exchange::Call, resource::Resource, uri::Target};
use iriskit_kubernetes::schema::ObjectRef;

/// More than this of a log is nothing to read beside an error.
const BYTES: usize = 4096;

impl Cluster {
    /// The last lines of a container's log; those before it was started again where it was (`previous`).
    pub async fn last_lines(
        &self,
        pod: &ObjectRef,
        container: &str,
        previous: bool,
        lines: usize,
    ) -> Result<String, ApiError> {
        let target = Target::new(format!("{}/log", Resource::path(pod)?))
            .with("container", container)
            .with("previous", if previous { "true" } else { "false" })
            .with("tailLines", &lines.to_string())
            .with("limitBytes", &BYTES.to_string());
        self.text(&Call::get(target)).await
    }
}
