//! What is wrong with a kubeconfig or with its credentials, without anything that stands in them or that a plugin printed.

use std::error::Error;

use kube::{
    client::AuthError,
    config::{KubeconfigError, LoadDataError},
};

/// Of a kubeconfig: where, and what kind of fault. The parser would quote the lines around it.
pub(super) fn of_kubeconfig(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::Parse(error) => {
            let place = error.location().map(|at| format!("line {}, column {}: ", at.line(), at.column()));
            format!("{}it is no YAML, or not what a kubeconfig has there", place.unwrap_or_default())
        }
        KubeconfigError::LoadCertificateAuthority(error) => of_data("certificate-authority", error),
        KubeconfigError::LoadClientCertificate(error) => of_data("client-certificate", error),
        KubeconfigError::LoadClientKey(error) => of_data("client-key", error),
        KubeconfigError::ParseCertificates(_) => "certificate-authority has no PEM certificates".to_owned(),
        other => other.to_string(),
    }
}

fn of_data(member: &str, error: &LoadDataError) -> String {
    match error {
        LoadDataError::DecodeBase64(_) => format!("{member}-data is not base64"),
        other => format!("{member}: {other}"),
    }
}

/// Of the credentials, if they are what failed somewhere down the chain.
pub(super) fn of_credentials(error: &(dyn Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<AuthError>() {
            return Some(of_auth(error));
        }
        cause = error.source();
    }
    None
}

fn of_auth(error: &AuthError) -> String {
    const HIDDEN: &str = "what it printed is not shown, since it may be secret";
    match error {
        AuthError::AuthExecStart(error) => format!("the credentials plugin can't be started: {error}"),
        AuthError::AuthExecRun { out, .. } => format!("the credentials plugin failed ({}); {HIDDEN}", out.status),
        AuthError::AuthExecParse(_) | AuthError::ExecPluginFailed | AuthError::ParseTokenKey(_) => {
            format!("the credentials plugin did not print an ExecCredential; {HIDDEN}")
        }
        AuthError::MissingCommand => "the kubeconfig's credentials plugin has no command".to_owned(),
        AuthError::ReadTokenFile(error, path) => format!("token file `{}`: {error}", path.display()),
        AuthError::InvalidBearerToken(_) => "the bearer token has characters that can't be sent".to_owned(),
        AuthError::InvalidBasicAuth(_) => "user name or password have characters that can't be sent".to_owned(),
        _ => "the credentials of the kubeconfig can't be used".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::process::ExitStatusExt as _, process::Output};

    use kube::config::Kubeconfig;

    use super::*;

    #[test]
    fn nothing_of_a_kubeconfig_is_quoted() {
        for text in [
            "users: [{name: u, user: {token: \"SECRET\", password: \"pw\"}]\nclusters: []\n",
            "users:\n- name: u\n  user: {token: [SECRET]}\n",
            "users: SECRET\n",
            "\tSECRET",
            "users: &SECRET *SECRET",
        ] {
            let error = Kubeconfig::from_yaml(text).expect_err(text);
            let told = of_kubeconfig(&error);
            assert!(!told.contains("SECRET") && !told.contains('\\'), "{told}");
            assert!(told.starts_with("line "), "{told}");
        }
    }

    #[test]
    fn nothing_that_a_plugin_printed_is_quoted() {
        let out = Output {
            status: std::process::ExitStatus::from_raw(256),
            stdout: b"SECRET".to_vec(),
            stderr: b"SECRET".to_vec(),
        };
        let failed = AuthError::AuthExecRun { cmd: "plugin --token SECRET".into(), out: Box::new(out) };
        for error in [failed, AuthError::AuthExec("SECRET".into())] {
            let told = of_credentials(&kube::Error::Auth(error)).expect("it is about credentials");
            assert!(!told.contains("SECRET"), "{told}");
        }
        assert_eq!(of_credentials(&std::io::Error::other("no")), None);
    }
}
