//! The way to the server: one HTTP/2 connection without Nagle's delay.

use std::{
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use futures::future::{BoxFuture, FutureExt as _};
use http::Uri;
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{
        Client as HttpClient,
        connect::{Connection as _, HttpConnector},
    },
    rt::{TokioExecutor, TokioTimer},
};
use kube::{
    Client, Config,
    client::{Body, ClientBuilder, ConfigExt as _},
};
use tokio::task::{JoinHandle, spawn_blocking};
use tower::{
    BoxError, Service, ServiceExt as _,
    util::{MapRequestLayer, option_layer},
};

use super::{
    credentials::prepare,
    gate::{GateLayer, GatedBody},
};

/// For the TCP connection and for the TLS handshake after it.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// A watch may be silent for a minute: pings tell a quiet server from a dead one.
const PING_EVERY: Duration = Duration::from_secs(20);
const PING_LIMIT: Duration = Duration::from_secs(10);
/// After so long it is said what is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

type Tls = HttpsConnector<HttpConnector>;
type Stream = <Tls as Service<Uri>>::Response;

/// A client for `config`. Without a proxy the connection is opened now, so that an unreachable server is known before
/// the first request and the protocol is known before several requests go out at once.
pub(super) async fn open(mut config: Config, waits: &(impl Fn(&str) + Send + Sync)) -> Result<Client, BoxError> {
    // Our own bounded retries stand in its place.
    config.default_retry = false;
    let tokens = prepare(&mut config)?;
    let sign = tokens.map(|tokens| MapRequestLayer::new(move |request| tokens.sign(request)));
    let plugin = config.auth_info.exec.as_ref().and_then(|exec| exec.command.clone());
    let plugin =
        plugin.map_or_else(|| "the credentials".to_owned(), |plugin| format!("the credentials plugin {plugin}"));
    if config.proxy_url.is_some() {
        let building = spawn_blocking(move || ClientBuilder::try_from(config));
        let built = patiently(building, &plugin, waits).await??;
        return Ok(built.with_layer(&GateLayer).with_layer(&option_layer(sign)).build());
    }
    // A credentials plugin is a process that may ask somebody something.
    let preparing = spawn_blocking(move || {
        let layers =
            (connector(&config)?, config.auth_layer()?, config.extra_headers_layer()?, config.base_uri_layer());
        Ok::<_, BoxError>((layers, config))
    });
    let ((mut connector, auth, headers, base), config) = patiently(preparing, &plugin, waits).await??;
    let connecting = async { connector.ready().await?.call(config.cluster_url.clone()).await };
    let first = tokio::time::timeout(CONNECT_LIMIT, connecting)
        .await
        .map_err(|_| format!("no answer within {} s", CONNECT_LIMIT.as_secs()))??;
    let http2 = first.connected().is_negotiated_h2();
    let primed = Primed { connector, first: Arc::new(Mutex::new(Some(first))) };
    let client: HttpClient<Primed, GatedBody<Body>> = HttpClient::builder(TokioExecutor::new())
        .http2_only(http2)
        .http2_keep_alive_interval(PING_EVERY)
        .http2_keep_alive_timeout(PING_LIMIT)
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .build(primed);
    Ok(ClientBuilder::new(client.map_request(GatedBody::of).map_err(BoxError::from), config.default_namespace.clone())
        .with_layer(&headers)
        .with_layer(&option_layer(auth))
        .with_layer(&option_layer(sign))
        .with_layer(&base)
        .build())
}

/// Waits for work that nobody can hurry, and says so every now and then.
async fn patiently<T>(work: JoinHandle<T>, what: &str, waits: &impl Fn(&str)) -> Result<T, BoxError> {
    tokio::pin!(work);
    loop {
        match tokio::time::timeout(PATIENCE, &mut work).await {
            Ok(done) => {
                return done.map_err(|_| format!("{what}: iriskit stopped because of an internal error").into());
            }
            Err(_) => waits(what),
        }
    }
}

fn connector(config: &Config) -> Result<Tls, BoxError> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT_LIMIT));
    let mut builder = HttpsConnectorBuilder::new().with_tls_config(config.rustls_client_config()?).https_or_http();
    if let Some(name) = &config.tls_server_name {
        builder = builder.with_server_name_resolver(FixedServerNameResolver::new(name.clone().try_into()?));
    }
    Ok(builder.enable_all_versions().wrap_connector(tcp))
}

/// Hands out the connection that is already open, then opens others.
#[derive(Clone)]
struct Primed {
    connector: Tls,
    first: Arc<Mutex<Option<Stream>>>,
}

impl Service<Uri> for Primed {
    type Response = Stream;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Stream, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Service::<Uri>::poll_ready(&mut self.connector, context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        match first {
            Some(stream) => futures::future::ready(Ok(stream)).boxed(),
            None => self.connector.call(uri).boxed(),
        }
    }
}
