//! Whether it is the cluster that the plan was made for. Pure.

use std::collections::BTreeMap;

use iriskit_state::plan::{ClusterIdentity, NamespaceIdentity};

use crate::cluster::Connection;

/// Compares what both sides know: all of it has to match, and at least one thing has to be known. `Err` says what
/// differs.
pub(in crate::apply) fn check_cluster(
    then: &ClusterIdentity,
    connection: &Connection,
    now: &BTreeMap<String, NamespaceIdentity>,
) -> Result<(), String> {
    let mut matched = false;
    for (name, was) in then.namespaces.iter().filter(|(_, was)| was.exists) {
        let unknown = NamespaceIdentity::default();
        let is = now.get(name).unwrap_or(&unknown);
        for (what, was, is) in [
            ("Namespace", &was.uid, &is.uid),
            ("ConfigMap kube-root-ca.crt in namespace", &was.root_ca_uid, &is.root_ca_uid),
        ] {
            match (was, is) {
                (Some(was), Some(is)) if was == is => matched = true,
                (Some(was), Some(is)) => return Err(format!("{what} {name} has uid {is}, in the plan {was}")),
                _ => {}
            }
        }
    }
    if matched {
        return Ok(());
    }
    if then.namespaces.values().any(|namespace| namespace.exists) {
        return Err("none of its namespaces can be identified: no uid of a namespace or of its ConfigMap \
                    kube-root-ca.crt is known both in the plan and in the cluster"
            .to_owned());
    }
    if then.server != connection.server {
        return Err(format!("the server is {}, in the plan {}", connection.server, then.server));
    }
    if then.ca_sha256 != connection.ca_sha256 {
        return Err(format!("{} has another CA than in the plan", connection.server));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(uid: Option<&str>, root_ca: Option<&str>) -> NamespaceIdentity {
        NamespaceIdentity {
            exists: true,
            unknown: false,
            uid: uid.map(Into::into),
            root_ca_uid: root_ca.map(Into::into),
        }
    }

    fn look(then: NamespaceIdentity, now: NamespaceIdentity, server: &str) -> Result<(), String> {
        let identity = ClusterIdentity {
            context: "a".into(),
            server: "https://a".into(),
            ca_sha256: Some("c".into()),
            user: None,
            namespaces: BTreeMap::from([("n".into(), then)]),
        };
        let connection = Connection {
            context: "b".into(),
            server: server.into(),
            namespace: "n".into(),
            user: None,
            ca_sha256: Some("c".into()),
            sandbox: false,
        };
        check_cluster(&identity, &connection, &BTreeMap::from([("n".into(), now)]))
    }

    #[test]
    fn everything_that_both_know_has_to_match() {
        let absent = NamespaceIdentity::default;
        for (then, now, server, same) in [
            (known(Some("1"), Some("2")), known(Some("1"), Some("2")), "https://b", true),
            (known(Some("1"), Some("2")), known(None, Some("2")), "https://b", true),
            (known(None, Some("2")), known(Some("1"), Some("2")), "https://b", true),
            (known(Some("1"), Some("2")), known(Some("1"), Some("3")), "https://a", false),
            (known(Some("1"), None), known(None, Some("2")), "https://a", false),
            (known(Some("1"), Some("2")), absent(), "https://a", false),
            (absent(), absent(), "https://a", true),
            (absent(), absent(), "https://b", false),
        ] {
            assert_eq!(look(then.clone(), now.clone(), server).is_ok(), same, "{then:?} {now:?} {server}");
        }
    }
}
