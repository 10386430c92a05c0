//! Which cluster: the kubeconfig as kubectl reads it, or the pod's own service account.

use std::path::{Path, PathBuf};

use kube::{
    Config,
    config::{KubeConfigOptions, Kubeconfig},
};

use super::{Connection, credentials_error::of_kubeconfig};

/// The context of a pod's own service account.
pub(crate) const IN_CLUSTER: &str = "in-cluster";

/// What the user said about the connection.
#[derive(Debug, Clone, Default)]
pub struct ConnectOptions {
    /// `--kubeconfig`; else the list in `KUBECONFIG`, else `~/.kube/config`, else the pod's service account.
    pub kubeconfig: Option<PathBuf>,
    /// `--context`; else the current one.
    pub context: Option<String>,
    /// `--namespace`; else that of the context.
    pub namespace: Option<String>,
}

/// Why there is no cluster. Every text says what was tried.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nothing names a cluster.
    #[error("no Kubernetes cluster is configured (tried {}); `--sandbox` works without one", tried.join(", "))]
    NotConfigured {
        /// Files and places.
        tried: Vec<String>,
    },
    /// A kubeconfig can't be used.
    #[error("kubeconfig {files}: {message}; `--sandbox` works without a cluster")]
    Kubeconfig {
        /// The files.
        files: String,
        /// What is wrong.
        message: String,
    },
    /// No such context, or none chosen.
    #[error("kubeconfig {files}: {}; it has {}; `--sandbox` works without a cluster",
        wanted.as_ref().map_or_else(|| "no current context and no `--context`".to_owned(), |name| format!("no context `{name}`")),
        if known.is_empty() { "no contexts".to_owned() } else { known.join(", ") })]
    NoContext {
        /// The files.
        files: String,
        /// The name that was asked for.
        wanted: Option<String>,
        /// The contexts that there are.
        known: Vec<String>,
    },
    /// The server does not answer.
    #[error("can't reach {server} (context `{context}` of {origin}): {message}; `--sandbox` works without a cluster")]
    Unreachable {
        /// Its URL.
        server: String,
        /// The context.
        context: String,
        /// Where the context stands.
        origin: String,
        /// What failed.
        message: String,
    },
}

/// A kube configuration and what to say about it.
pub(super) struct Chosen {
    pub(super) config: Config,
    pub(super) connection: Connection,
    /// The files, or `the pod's service account`.
    pub(super) origin: String,
}

/// Where a kubeconfig or a pod's service account leads, without going there: what [`Cluster::connect`](super::Cluster::connect)
/// would say of its connection.
pub async fn configured(options: &ConnectOptions) -> Result<Connection, ConnectError> {
    Ok(choose(options).await?.connection)
}

/// Finds the configuration.
pub(super) async fn choose(options: &ConnectOptions) -> Result<Chosen, ConnectError> {
    let candidates = candidates(options);
    let files: Vec<&Path> = candidates.iter().map(PathBuf::as_path).filter(|file| file.exists()).collect();
    if files.is_empty() {
        if options.kubeconfig.is_none()
            && let Ok(config) = Config::incluster()
        {
            return Ok(in_cluster(config, options));
        }
        let mut tried: Vec<String> =
            candidates.iter().map(|file| format!("{}: no such file", file.display())).collect();
        if options.kubeconfig.is_none() {
            tried.push("the service account of a pod: not in one".to_owned());
        }
        return Err(ConnectError::NotConfigured { tried });
    }
    let origin = files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ");
    let failed = |error: kube::config::KubeconfigError| ConnectError::Kubeconfig {
        files: origin.clone(),
        message: of_kubeconfig(&error),
    };
    let mut kubeconfig = Kubeconfig::default();
    for file in files {
        let next = Kubeconfig::read_from(file).map_err(|error| ConnectError::Kubeconfig {
            files: file.display().to_string(),
            message: of_kubeconfig(&error),
        })?;
        kubeconfig = kubeconfig.merge(next).map_err(failed)?;
    }
    let wanted = options.context.clone().or_else(|| kubeconfig.current_context.clone().filter(|name| !name.is_empty()));
    let found = wanted.as_ref().and_then(|name| kubeconfig.contexts.iter().find(|context| context.name == *name));
    let Some(found) = found else {
        let known = kubeconfig.contexts.iter().map(|context| context.name.clone()).collect();
        return Err(ConnectError::NoContext { files: origin, wanted, known });
    };
    let context = found.name.clone();
    let user = found.context.as_ref().and_then(|context| context.user.clone());
    let chosen = KubeConfigOptions { context: Some(context.clone()), cluster: None, user: None };
    let config = Config::from_custom_kubeconfig(kubeconfig, &chosen).await.map_err(failed)?;
    let connection = describe(&config, context, user, options);
    Ok(Chosen { config, connection, origin })
}

/// The files in which kubectl would look.
fn candidates(options: &ConnectOptions) -> Vec<PathBuf> {
    if let Some(file) = &options.kubeconfig {
        return vec![file.clone()];
    }
    let listed: Vec<PathBuf> = std::env::var_os("KUBECONFIG")
        .map(|list| std::env::split_paths(&list).filter(|file| !file.as_os_str().is_empty()).collect())
        .unwrap_or_default();
    if !listed.is_empty() {
        return listed;
    }
    std::env::home_dir().map(|home| vec![home.join(".kube").join("config")]).unwrap_or_default()
}

fn in_cluster(config: Config, options: &ConnectOptions) -> Chosen {
    let connection = describe(&config, IN_CLUSTER.to_owned(), None, options);
    Chosen { config, connection, origin: "the pod's service account".to_owned() }
}

fn describe(config: &Config, context: String, user: Option<String>, options: &ConnectOptions) -> Connection {
    Connection {
        context,
        server: without_credentials(config.cluster_url.to_string().trim_end_matches('/')),
        namespace: options.namespace.clone().unwrap_or_else(|| config.default_namespace.clone()),
        user,
        ca_sha256: config.root_cert.as_ref().map(|certificates| iriskit_state::sha256_hex(&certificates.concat())),
        sandbox: false,
    }
}

/// An address without the user and password that it may carry: plans and messages show it.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KUBECONFIG: &str = r"
apiVersion: v1
kind: Config
current-context: a
clusters: [{name: k, cluster: {server: 'https://127.0.0.1:1/'}}]
contexts:
- {name: a, context: {cluster: k, user: u, namespace: team}}
- {name: b, context: {cluster: k}}
users: [{name: u, user: {token: t}}]
";

    fn options(text: &str, context: Option<&str>) -> (tempfile::TempDir, ConnectOptions) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("config");
        std::fs::write(&file, text).unwrap();
        let options =
            ConnectOptions { kubeconfig: Some(file), context: context.map(str::to_owned), ..ConnectOptions::default() };
        (dir, options)
    }

    #[tokio::test]
    async fn the_context_gives_server_namespace_and_user() {
        let (_dir, options) = options(KUBECONFIG, None);
        let chosen = choose(&options).await.unwrap();
        assert_eq!(
            chosen.connection,
            Connection {
                context: "a".into(),
                server: "https://127.0.0.1:1".into(),
                namespace: "team".into(),
                user: Some("u".into()),
                ca_sha256: None,
                sandbox: false,
            }
        );
        let named = ConnectOptions { context: Some("b".into()), namespace: Some("mine".into()), ..options };
        let chosen = choose(&named).await.unwrap();
        assert_eq!((chosen.connection.namespace.as_str(), chosen.connection.user), ("mine", None));
    }

    #[test]
    fn addresses_are_shown_without_passwords() {
        for (url, shown) in [
            ("https://user:SECRET@host:6443/prefix", "https://host:6443/prefix"),
            ("https://host:6443", "https://host:6443"),
            ("https://host/a@b", "https://host/a@b"),
        ] {
            assert_eq!(without_credentials(url), shown);
        }
    }

    #[tokio::test]
    async fn what_is_missing_is_named() {
        let (dir, options) = options(KUBECONFIG, Some("c"));
        let text = |error: ConnectError| error.to_string().replace(&dir.path().display().to_string(), "DIR");
        assert_eq!(
            choose(&options).await.map(|_| ()).map_err(text),
            Err("kubeconfig DIR/config: no context `c`; it has a, b; `--sandbox` works without a cluster".into())
        );
        let absent = ConnectOptions { kubeconfig: Some(dir.path().join("none")), ..ConnectOptions::default() };
        assert_eq!(
            choose(&absent).await.map(|_| ()).map_err(text),
            Err("no Kubernetes cluster is configured (tried DIR/none: no such file); `--sandbox` works without one"
                .into())
        );
    }
}
