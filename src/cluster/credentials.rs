//! Bearer tokens, made ready for a header: what ends in a line end, as files and editors leave it, is sent without it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use http::{HeaderValue, Request, header::AUTHORIZATION};
use kube::{Config, client::Body, config::AuthInfo};
use tower::BoxError;

/// A token file may be replaced at any time; it is read again after this long.
const FRESH: Duration = Duration::from_secs(60);

/// Takes the token file out of the configuration, and line ends off the token in it.
pub(super) fn prepare(config: &mut Config) -> Result<Option<TokenFile>, BoxError> {
    // The token's own type shows it to nobody but its serializer.
    let mut auth = serde_json::to_value(&config.auth_info)?;
    let token = auth.get("token").and_then(|token| token.as_str()).filter(|token| !token.is_empty());
    if let Some(token) = token.map(|token| token.trim().to_owned()) {
        header(&token)?;
        if let Some(members) = auth.as_object_mut() {
            members.insert("token".to_owned(), token.into());
        }
        config.auth_info = serde_json::from_value::<AuthInfo>(auth)?;
        return Ok(None);
    }
    config.auth_info.token_file.take().map(TokenFile::open).transpose()
}

fn header(token: &str) -> Result<HeaderValue, BoxError> {
    let mut value = HeaderValue::try_from(format!("Bearer {token}"))
        .map_err(|_| "the bearer token has characters that can't be sent")?;
    value.set_sensitive(true);
    Ok(value)
}

/// A file with a bearer token.
#[derive(Clone)]
pub(super) struct TokenFile {
    path: String,
    read: Arc<Mutex<(HeaderValue, Instant)>>,
}

impl TokenFile {
    fn open(path: String) -> Result<Self, BoxError> {
        let value = read(&path)?;
        Ok(Self { path, read: Arc::new(Mutex::new((value, Instant::now()))) })
    }

    /// Adds the token to a request. A file that is gone by now keeps its last token.
    pub(super) fn sign(&self, mut request: Request<Body>) -> Request<Body> {
        let mut known = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if known.1.elapsed() > FRESH {
            let value = read(&self.path).unwrap_or_else(|_| known.0.clone());
            *known = (value, Instant::now());
        }
        request.headers_mut().insert(AUTHORIZATION, known.0.clone());
        drop(known);
        request
    }
}

fn read(path: &str) -> Result<HeaderValue, BoxError> {
    let token = std::fs::read_to_string(path).map_err(|error| format!("token file `{path}`: {error}"))?;
    header(token.trim()).map_err(|error| format!("token file `{path}`: {error}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(token: Option<&str>, file: Option<&str>) -> Config {
        let mut config = Config::new("https://127.0.0.1:1".parse().unwrap());
        config.auth_info = serde_json::from_value(serde_json::json!({"token": token, "tokenFile": file})).unwrap();
        config
    }

    #[test]
    fn line_ends_are_taken_off_tokens() {
        for token in ["abc\n", " abc\r\n", "abc"] {
            let mut config = config(Some(token), None);
            assert!(prepare(&mut config).unwrap().is_none());
            assert_eq!(serde_json::to_value(&config.auth_info).unwrap()["token"], "abc");
        }
        assert!(prepare(&mut config(Some("a\nb"), None)).is_err());
    }

    #[test]
    fn a_token_file_is_read_without_its_line_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "abc\n").unwrap();
        let mut config = config(None, file.path().to_str());
        let tokens = prepare(&mut config).unwrap().expect("a file");
        assert_eq!(config.auth_info.token_file, None);
        let signed = tokens.sign(Request::new(Body::empty()));
        assert_eq!(signed.headers()[AUTHORIZATION], "Bearer abc");
        let mut absent = self::config(None, Some("/absent/token"));
        let error = prepare(&mut absent).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("/absent/token"), "{error}");
    }
}
