//! Text of the CPF merge files, as IKO 3.6 writes it.

use super::{ConfigTexts, labels, names};
use crate::topology::{IrisCluster, MirrorMember};

/// The mirror set's name.
const MIRROR: &str = "IRISMIRROR1";
/// The port of the superserver.
const SUPERSERVER: u16 = 1972;
/// The port of an ISCAgent.
pub(super) const ISC_AGENT: u16 = 2188;
/// The directory of the predefined database.
const DATABASE: &str = "/irissys/data/IRIS/mgr/iriscluster";

/// `data.cpf` with the user's text behind it.
pub(super) fn data(cluster: &IrisCluster, texts: &ConfigTexts) -> String {
    let mirrored = cluster.topology.data.mirrored;
    let database = if mirrored { format!(",MirrorSetName={MIRROR},MirrorDBName=iriscluster") } else { String::new() };
    let mirror = if mirrored { config_mirror(cluster) } else { String::new() };
    let base = format!(
        "\n[Startup]\nDefaultPort={SUPERSERVER}\nWebServerPort=52773\n\
         [Actions]\n\
         ModifyService:Name=%service_ecp,Enabled=1\n\
         CreateDatabase:Name=iriscluster,Directory={DATABASE}{database}\n\
         CreateNamespace:Name=IRISCLUSTER,Globals=iriscluster,Routines=iriscluster\n\
         {mirror}\n{JOURNAL}\n{CONFIG}"
    );
    joined(base, [&texts.common_cpf, &texts.data_cpf])
}

/// `compute.cpf` with the user's text behind it.
pub(super) fn compute(cluster: &IrisCluster, texts: &ConfigTexts) -> String {
    let mirrored = cluster.topology.data.mirrored;
    let first = names::host(cluster, &format!("{}-0", names::data(cluster)));
    // 1: follow the mirror's primary, whichever member it is.
    let follow = if mirrored { ",1" } else { "" };
    let directory = if mirrored { format!(":mirror:{MIRROR}:IRISCLUSTER") } else { DATABASE.to_owned() };
    let base = format!(
        "\n[Startup]\nDefaultPort={SUPERSERVER}\nWebServerPort=52773\n\
         [ECPServers]\nIRIS-0={first},{SUPERSERVER}{follow}\n\n\
         [Actions]\n\
         ModifyService:Name=%service_ecp,Enabled=1\n\
         CreateDatabase:Name=iriscluster,Directory={directory},Server=IRIS-0,LogicalOnly=1\n\
         CreateNamespace:Name=IRISCLUSTER,Globals=iriscluster,Routines=iriscluster\n\n\n\
         {JOURNAL}{CONFIG}"
    );
    joined(base, [&texts.common_cpf, &texts.compute_cpf])
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
const CONFIG: &str = "[config]\nwijdir=/irissys/wij/\nMaxServerConn=64\nMaxServers=64\n";

fn config_mirror(cluster: &IrisCluster) -> String {
    let arbiter = cluster.topology.arbiter.as_ref().map_or_else(String::new, |_| {
        let pod = format!("{}-0", names::of(cluster, labels::ARBITER));
        format!(",ArbiterURL={}:{ISC_AGENT}", names::host(cluster, &pod))
    });
    format!("ConfigMirror:Name={MIRROR},Member=auto,Primary=auto,Map=\"{}\"{arbiter}\n", map(cluster))
}

fn map(cluster: &IrisCluster) -> String {
    let pair = [MirrorMember::Primary, MirrorMember::Backup];
    let members = cluster.topology.data.mirror_map.as_deref().unwrap_or(&pair);
    let words = members.iter().map(|member| match member {
        MirrorMember::Primary => "primary",
        MirrorMember::Backup => "backup",
        MirrorMember::DrAsync => "drasync",
    });
    words.collect::<Vec<_>>().join(",")
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
