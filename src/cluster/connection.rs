//! What is known of a connection without using it.

/// What plans say about the cluster. No request is made for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Name of the kubeconfig's context, `in-cluster` or `sandbox`.
    pub context: String,
    /// URL of the server; the folder of a sandbox.
    pub server: String,
    /// Namespace of documents that name none.
    pub namespace: String,
    /// User entry of the kubeconfig.
    pub user: Option<String>,
    /// SHA-256 of the CA certificates.
    pub ca_sha256: Option<String>,
    /// Whether it is a sandbox.
    pub sandbox: bool,
}
