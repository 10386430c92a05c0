//! Text of the CPF merge files, as IKO 3.6 writes it.

use std::fmt::Write as _;

use super::{ConfigTexts, labels, names};
use crate::topology::{IrisCluster, IrisDatabase, Storage};

/// The mirror set's name.
const MIRROR: &str = "IRISMIRROR1";
/// The port of the superserver.
const SUPERSERVER: u16 = 1972;
/// The port of an ISCAgent.
pub(super) const ISC_AGENT: u16 = 2188;
/// Where databases are that say no directory.
const DATABASES: &str = "/irissys/data/IRIS/mgr/";
/// The directory of the predefined database.
const DATABASE: &str = "/irissys/data/IRIS/mgr/iriscluster";

/// `data.cpf` with the user's text behind it.
pub(super) fn data(cluster: &IrisCluster, texts: &ConfigTexts) -> String {
    let data = &cluster.topology.data;
    let what = if data.shards.is_some() { data_of_shards(cluster) } else { data_server(cluster) };
    let base = format!("{}[Actions]\n{ECP_SERVICE}{what}\n{}", startup(cluster), places(&data.iris.storage, "\n"));
    joined(base, [&texts.common_cpf, &texts.data_cpf])
}

/// `compute.cpf` with the user's text behind it.
pub(super) fn compute(cluster: &IrisCluster, texts: &ConfigTexts) -> String {
    let what = if cluster.topology.data.shards.is_some() {
        format!("[Actions]\n{ECP_SERVICE}{}", compute_of_shards(cluster))
    } else {
        application_server(cluster)
    };
    let storage = cluster.topology.compute.as_ref().map(|compute| &compute.iris.storage);
    let base = format!("{}{what}\n\n{}", startup(cluster), places(storage.unwrap_or(&Storage::default()), ""));
    joined(base, [&texts.common_cpf, &texts.compute_cpf])
}

/// Ports, and the hash for the predefined users that IKO 2 takes from the manifest.
fn startup(cluster: &IrisCluster) -> String {
    let hash = cluster.password_hash.as_ref().map(|hash| format!("PasswordHash={hash}\n")).unwrap_or_default();
    format!("\n[Startup]\nDefaultPort={SUPERSERVER}\nWebServerPort=52773\n{hash}")
}

/// The predefined database and namespace, those of the manifest, and the mirror that they are in.
fn data_server(cluster: &IrisCluster) -> String {
    let data = &cluster.topology.data;
    let in_mirror = |name: &str| format!(",MirrorSetName={MIRROR},MirrorDBName={name}");
    let predefined = if data.mirrored { in_mirror("iriscluster") } else { String::new() };
    let mut actions = format!(
        "CreateDatabase:Name=iriscluster,Directory={DATABASE}{predefined}\n\
         CreateNamespace:Name=IRISCLUSTER,Globals=iriscluster,Routines=iriscluster\n"
    );
    if data.mirrored {
        actions.push_str(&config_mirror(cluster));
    }
    for database in &data.iris_databases {
        let mirrored = if data.mirrored && database.mirrored { in_mirror(&database.name) } else { String::new() };
        let _ = writeln!(actions, "CreateDatabase:Name={},Directory={}{mirrored}", database.name, directory(database));
    }
    actions + &namespaces(cluster)
}

/// Databases of the data server, reached over ECP: the primary's, where it is a mirror.
fn application_server(cluster: &IrisCluster) -> String {
    let data = &cluster.topology.data;
    // 1: follow the mirror's primary, whichever member it is.
    let follow = if data.mirrored { ",1" } else { "" };
    let remote = |name: &str, directory: &str| {
        let place =
            if data.mirrored { format!(":mirror:{MIRROR}:{}", name.to_uppercase()) } else { directory.to_owned() };
        format!("CreateDatabase:Name={name},Directory={place},Server=IRIS-0,LogicalOnly=1\n")
    };
    let mut actions = format!(
        "[ECPServers]\nIRIS-0={},{SUPERSERVER}{follow}\n\n\
         [Actions]\n{ECP_SERVICE}{}\
         CreateNamespace:Name=IRISCLUSTER,Globals=iriscluster,Routines=iriscluster\n",
        names::first_host(cluster),
        remote("iriscluster", DATABASE),
    );
    for database in &data.iris_databases {
        actions.push_str(&remote(&database.name, &directory(database)));
    }
    actions + &namespaces(cluster)
}

/// One text for all data nodes: `auto` tells their roles by their host names, `MasterRegexp` which of them is node 1 (the
/// reference of the CPF, `ConfigShardedCluster`). The default `-0$` would find the first member of every mirror.
fn data_of_shards(cluster: &IrisCluster) -> String {
    let data = labels::DATA;
    if !cluster.topology.data.mirrored {
        return format!("{},Role=auto,MasterRegexp=\"-{data}-0$\",Regexp=\"-{data}-[0-9]+$\"\n", sharded(cluster));
    }
    format!(
        "{},Role=auto,Member=auto,MasterRegexp=\"-{data}-0-0$\",Regexp=\"-{data}-[0-9]+-[0-9]+$\",Map=\"{}\"{}\n",
        sharded(cluster),
        map(cluster),
        arbiter(cluster),
    )
}

fn compute_of_shards(cluster: &IrisCluster) -> String {
    format!("{},Role=compute\n", sharded(cluster))
}

/// The action of every node of a sharded cluster, with the node 1 that they join.
fn sharded(cluster: &IrisCluster) -> String {
    format!("ConfigShardedCluster:ClusterURL=IRIS://{}:{SUPERSERVER}/IRISCLUSTER", names::first_host(cluster))
}

fn namespaces(cluster: &IrisCluster) -> String {
    let mut actions = String::new();
    for namespace in &cluster.topology.data.iris_namespaces {
        let globals = namespace.globals.as_ref().unwrap_or(&namespace.name);
        let routines = namespace.routines.as_ref().unwrap_or(globals);
        let interop = if namespace.interop { ",Interop=1" } else { "" };
        let _ =
            writeln!(actions, "CreateNamespace:Name={},Globals={globals},Routines={routines}{interop}", namespace.name);
    }
    actions
}

/// Where the manifest puts a database, or beside the predefined one.
fn directory(database: &IrisDatabase) -> String {
    database.directory.clone().unwrap_or_else(|| format!("{DATABASES}{}", database.name.to_lowercase()))
}

/// Where journals and the write image journal are. On the single volume of IKO 2 they stay where IRIS has them.
fn places(storage: &Storage, between: &str) -> String {
    if storage.single.is_some() {
        return format!("[config]\n{CONNECTIONS}");
    }
    format!("{JOURNAL}{between}[config]\nwijdir=/irissys/wij/\n{CONNECTIONS}")
}

/// `data.cpf 31 lines, 2 of them from ConfigMap iris-cpf`.
pub(super) fn about(cluster: &IrisCluster, key: &str, text: &str, files: [&Option<String>; 2]) -> String {
    let count = |text: &str| text.lines().count();
    let theirs: usize = files.into_iter().flatten().map(|file| count(file)).sum();
    let from = match &cluster.config_source {
        Some(name) if theirs > 0 => format!(", {theirs} of them from ConfigMap {name}"),
        _ => String::new(),
    };
    format!("{key} {} lines{from}", count(text))
}

const JOURNAL: &str = "[Journal]\nCurrentDirectory=/irissys/journal1/\nAlternateDirectory=/irissys/journal2/\n";
const CONNECTIONS: &str = "MaxServerConn=64\nMaxServers=64\n";
const ECP_SERVICE: &str = "ModifyService:Name=%service_ecp,Enabled=1\n";

fn config_mirror(cluster: &IrisCluster) -> String {
    let (map, arbiter) = (map(cluster), arbiter(cluster));
    format!("ConfigMirror:Name={MIRROR},Member=auto,Primary=auto,Map=\"{map}\"{arbiter}\n")
}

fn arbiter(cluster: &IrisCluster) -> String {
    let Some(_) = &cluster.topology.arbiter else { return String::new() };
    let pod = format!("{}-0", names::of(cluster, labels::ARBITER));
    format!(",ArbiterURL={}:{ISC_AGENT}", names::host(cluster, &pod))
}

fn map(cluster: &IrisCluster) -> String {
    let members = cluster.topology.data.members().iter();
    members.map(|member| member.word()).collect::<Vec<_>>().join(",")
}

/// A file of the user follows behind a line break, byte for byte; sections are repeated, not merged.
fn joined(mut base: String, files: [&Option<String>; 2]) -> String {
    for file in files.into_iter().flatten() {
        base.push('\n');
        base.push_str(file);
    }
    base
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::{Arbiter, Compute};

    fn cluster(mirrored: bool, arbiter: bool) -> IrisCluster {
        let mut cluster = IrisCluster { name: "c".into(), namespace: "n".into(), ..IrisCluster::default() };
        cluster.topology.data.mirrored = mirrored;
        cluster.topology.arbiter = arbiter.then(Arbiter::default);
        cluster.topology.compute = Some(Compute { replicas: 1, ..Compute::default() });
        cluster
    }

    const MIRRORED_DATA: &str = r#"
[Startup]
DefaultPort=1972
WebServerPort=52773
[Actions]
ModifyService:Name=%service_ecp,Enabled=1
CreateDatabase:Name=iriscluster,Directory=/irissys/data/IRIS/mgr/iriscluster,MirrorSetName=IRISMIRROR1,MirrorDBName=iriscluster
CreateNamespace:Name=IRISCLUSTER,Globals=iriscluster,Routines=iriscluster
ConfigMirror:Name=IRISMIRROR1,Member=auto,Primary=auto,Map="primary,backup",ArbiterURL=c-arbiter-0.iris-svc.n.svc.cluster.local:2188

[Journal]
CurrentDirectory=/irissys/journal1/
AlternateDirectory=/irissys/journal2/

[config]
wijdir=/irissys/wij/
MaxServerConn=64
MaxServers=64
"#;

    const MIRRORED_COMPUTE: &str = r"
[Startup]
DefaultPort=1972
WebServerPort=52773
[ECPServers]
IRIS-0=c-data-0-0.iris-svc.n.svc.cluster.local,1972,1

[Actions]
ModifyService:Name=%service_ecp,Enabled=1
CreateDatabase:Name=iriscluster,Directory=:mirror:IRISMIRROR1:IRISCLUSTER,Server=IRIS-0,LogicalOnly=1
CreateNamespace:Name=IRISCLUSTER,Globals=iriscluster,Routines=iriscluster


[Journal]
CurrentDirectory=/irissys/journal1/
AlternateDirectory=/irissys/journal2/
[config]
wijdir=/irissys/wij/
MaxServerConn=64
MaxServers=64
";

    #[test]
    fn mirrored_text_is_that_of_the_dumps() {
        let none = ConfigTexts::default();
        assert_eq!(data(&cluster(true, true), &none), MIRRORED_DATA);
        assert_eq!(compute(&cluster(true, true), &none), MIRRORED_COMPUTE);
        let url = ",ArbiterURL=c-arbiter-0.iris-svc.n.svc.cluster.local:2188";
        assert_eq!(data(&cluster(true, false), &none), MIRRORED_DATA.replace(url, ""));
    }

    #[test]
    fn unmirrored_text_leaves_the_mirror_out() {
        let none = ConfigTexts::default();
        let mirror = MIRRORED_DATA.lines().find(|line| line.starts_with("ConfigMirror")).unwrap();
        let expected = MIRRORED_DATA
            .replace(",MirrorSetName=IRISMIRROR1,MirrorDBName=iriscluster", "")
            .replace(&format!("{mirror}\n"), "");
        assert_eq!(data(&cluster(false, false), &none), expected);
        let expected = MIRRORED_COMPUTE
            .replace("c-data-0-0.iris-svc.n.svc.cluster.local,1972,1", "c-data-0.iris-svc.n.svc.cluster.local,1972")
            .replace(":mirror:IRISMIRROR1:IRISCLUSTER", "/irissys/data/IRIS/mgr/iriscluster");
        assert_eq!(compute(&cluster(false, false), &none), expected);
    }

    #[test]
    fn one_text_serves_all_nodes_of_a_sharded_cluster() {
        let none = ConfigTexts::default();
        let actions = |text: String| -> Vec<String> {
            let lines = text.lines().skip_while(|line| *line != "[Actions]").skip(1);
            lines.take_while(|line| !line.is_empty()).map(str::to_owned).collect()
        };
        for (mirrored, node_1, expected) in [
            (false, "c-data-0", r#"Role=auto,MasterRegexp="-data-0$",Regexp="-data-[0-9]+$""#),
            (
                true,
                "c-data-0-0",
                r#"Role=auto,Member=auto,MasterRegexp="-data-0-0$",Regexp="-data-[0-9]+-[0-9]+$",Map="primary,backup",ArbiterURL=c-arbiter-0.iris-svc.n.svc.cluster.local:2188"#,
            ),
        ] {
            let mut sharded = cluster(mirrored, mirrored);
            sharded.topology.data.shards = Some(3);
            let join = format!(
                "ConfigShardedCluster:ClusterURL=IRIS://{node_1}.iris-svc.n.svc.cluster.local:1972/IRISCLUSTER"
            );
            let service = "ModifyService:Name=%service_ecp,Enabled=1".to_owned();
            assert_eq!(actions(data(&sharded, &none)), [service.clone(), format!("{join},{expected}")]);
            assert_eq!(actions(compute(&sharded, &none)), [service, format!("{join},Role=compute")]);
            assert!(!compute(&sharded, &none).contains("ECPServers"));
        }
    }

    #[test]
    fn the_users_files_follow_byte_for_byte() {
        let texts = |common: Option<&str>, data: Option<&str>, compute: Option<&str>| ConfigTexts {
            common_cpf: common.map(Into::into),
            data_cpf: data.map(Into::into),
            compute_cpf: compute.map(Into::into),
            csp_merge: None,
            ..ConfigTexts::default()
        };
        for (given, data_tail, compute_tail) in [
            (texts(None, None, None), "", ""),
            (texts(Some("[A]\nx=1\n"), None, None), "\n[A]\nx=1\n", "\n[A]\nx=1\n"),
            (texts(None, Some("[B]"), None), "\n[B]", ""),
            (texts(Some("c"), Some("d\r\n"), Some("e")), "\nc\nd\r\n", "\nc\ne"),
            (texts(Some(""), Some(""), None), "\n\n", "\n"),
        ] {
            let cluster = cluster(true, true);
            assert_eq!(data(&cluster, &given), format!("{MIRRORED_DATA}{data_tail}"));
            assert_eq!(compute(&cluster, &given), format!("{MIRRORED_COMPUTE}{compute_tail}"));
        }
    }
}
