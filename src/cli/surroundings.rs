//! What a run took from its surroundings, said in words of the command line.

use super::{
    Global,
    shell::{command, named, quoted},
    typed::LABELER_IMAGE,
};
use crate::cluster::{Connection, IN_CLUSTER};

/// What a run took from variables and from the kubeconfig: typed again elsewhere or later, its command has to mean the same
/// cluster and the same objects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Surroundings {
    variables: Vec<(&'static str, String)>,
    arguments: Vec<String>,
}

impl Surroundings {
    /// What the flags do not say of the connection. `labeler` is the labeler's image, wherever it came from.
    pub(super) fn of(global: &Global, connection: &Connection, labeler: Option<&str>) -> Self {
        Self::with(global, connection, labeler, std::env::var("KUBECONFIG").ok())
    }

    fn with(global: &Global, connection: &Connection, labeler: Option<&str>, kubeconfig: Option<String>) -> Self {
        let mut found = Self::default();
        if !connection.sandbox {
            let kubeconfig = kubeconfig.filter(|files| global.kubeconfig.is_none() && !files.is_empty());
            found.variables.extend(kubeconfig.map(|files| ("KUBECONFIG", files)));
            if global.context.is_none() && connection.context != IN_CLUSTER {
                found.arguments.extend(["--context".to_owned(), connection.context.clone()]);
            }
            if global.namespace.is_none() {
                found.arguments.extend(named(&connection.namespace));
            }
        }
        found.arguments.extend(labeler.into_iter().flat_map(|image| [LABELER_IMAGE.to_owned(), image.to_owned()]));
        found
    }

    /// `iriskit` with these arguments, and with what has to be said besides.
    pub(super) fn command(&self, arguments: impl IntoIterator<Item = String>) -> String {
        let variables = self.variables.iter().map(|(name, value)| format!("{name}={} ", quoted(value)));
        variables.collect::<String>() + &command(arguments.into_iter().chain(self.arguments.iter().cloned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_from_elsewhere_is_said() {
        let mut global = Global {
            sandbox: None,
            kubeconfig: None,
            context: None,
            namespace: None,
            color: crate::ui::ColourChoice::Auto,
            verbose: 0,
        };
        let mut connection = Connection {
            context: "prod".into(),
            server: "s".into(),
            namespace: "hospital".into(),
            user: None,
            ca_sha256: None,
            sandbox: false,
        };
        let said = |global: &Global, connection: &Connection| {
            let found = Surroundings::with(global, connection, Some("iriskit:1"), Some("a:b c".into()));
            found.command(["apply".to_owned(), "x.yaml".to_owned()])
        };
        assert_eq!(
            said(&global, &connection),
            "KUBECONFIG='a:b c' iriskit apply x.yaml --context prod --namespace hospital --labeler-image iriskit:1"
        );
        connection.context = IN_CLUSTER.into();
        global.kubeconfig = Some("k".into());
        assert_eq!(said(&global, &connection), "iriskit apply x.yaml --namespace hospital --labeler-image iriskit:1");
        connection.sandbox = true;
        assert_eq!(said(&global, &connection), "iriskit apply x.yaml --labeler-image iriskit:1");
    }
}
