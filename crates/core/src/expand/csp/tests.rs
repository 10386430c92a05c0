use super::*;
use crate::topology::Compute;

fn cluster(mirrored: bool, compute: u32) -> IrisCluster {
    let mut cluster = IrisCluster { name: "c".into(), namespace: "n".into(), ..IrisCluster::default() };
    cluster.topology.data.mirrored = mirrored;
    cluster.topology.compute = (compute > 0).then(|| Compute { replicas: compute, ..Compute::default() });
    cluster
}

#[test]
fn gateways_go_to_compute_nodes_else_to_data_nodes() {
    for (mirrored, compute, expected, aware) in [
        (false, 0, vec!["c-data-0"], false),
        (true, 0, vec!["c-data-0-0", "c-data-0-1"], true),
        (true, 2, vec!["c-compute-0", "c-compute-1"], false),
        (false, 1, vec!["c-compute-0"], false),
    ] {
        let servers = servers(&cluster(mirrored, compute));
        assert_eq!(servers.iter().map(|server| server.name.as_str()).collect::<Vec<_>>(), expected);
        assert!(servers.iter().all(|server| server.mirror_aware == aware));
    }
}

#[test]
fn text_for_a_mirrored_pair() {
    let gateway = Gateway { application_paths: vec!["/csp/sys".into(), "/csp/sys".into()], ..Gateway::default() };
    let texts = ConfigTexts {
        csp_merge: Some("[SYSTEM]\nSystem_Manager=10.*.*.*\n[c-data-0-1]\nUsername=me\nPassword=]]]U1lT\n".into()),
        ..ConfigTexts::default()
    };
    insta::assert_snapshot!(ini(&gateway, &servers(&cluster(true, 0)), AlternativeServers::FailOver, &texts), @r"
    [SYSTEM]
    IRISCONNECT_LIBRARY_PATH=/opt/webgateway/bin
    SM_Timeout=28800
    Server_Response_Timeout=60
    No_Activity_Timeout=86400
    Queued_Request_Timeout=60
    Default_Server=c-data-0-0
    System_Manager=10.*.*.*

    [SYSTEM_INDEX]
    c-data-0-0=Enabled
    c-data-0-1=Enabled

    [c-data-0-0]
    Ip_Address=c-data-0-0.iris-svc.n.svc.cluster.local
    TCP_Port=1972
    Product=2
    Minimum_Server_Connections=3
    Maximum_Session_Connections=3
    Connection_Security_Level=0
    Mirror_Aware=1
    ;iriskit-login

    [c-data-0-1]
    Ip_Address=c-data-0-1.iris-svc.n.svc.cluster.local
    TCP_Port=1972
    Product=2
    Minimum_Server_Connections=3
    Maximum_Session_Connections=3
    Connection_Security_Level=0
    Mirror_Aware=1
    Username=me
    Password=]]]U1lT

    [APP_PATH_INDEX]
    /csp/sys=Enabled

    [APP_PATH:/csp/sys]
    Alternative_Servers=FailOver
    GZIP_Compression=Enabled
    GZIP_Minimum_File_Size=500
    GZIP_Exclude_File_Types=jpeg gif ico png gz zip mp3 mp4 tiff
    Response_Size_Notification=Chunked Transfer Encoding and Content Length
    KeepAlive=No Action
    Non_Parsed_Headers=Enabled
    Default_Server=c-data-0-0
    Alternative_Server_0=1~~~~~~c-data-0-0
    Alternative_Server_1=1~~~~~~c-data-0-1
    ");
}

#[test]
fn apache_sends_the_paths_to_the_gateway_and_nginx_keeps_its_file() {
    let gateway = Gateway { application_paths: vec!["/csp/sys".into(), "/api".into()], ..Gateway::default() };
    insta::assert_snapshot!(conf(&gateway).unwrap(), @r#"
    CSPModulePath "${ISC_PACKAGE_INSTALLDIR}/bin/"
    CSPConfigPath "${ISC_PACKAGE_INSTALLDIR}/bin/"

    <Location "/csp/sys">
        CSP On
    </Location>

    <Location "/api">
        CSP On
    </Location>

    <Directory "${ISC_PACKAGE_INSTALLDIR}/bin/">
        AllowOverride None
        Options None
        Require all granted
        <FilesMatch "\.(log|ini|pid|exe|so)$">
            Require all denied
        </FilesMatch>
    </Directory>
    "#);
    assert_eq!(conf(&Gateway { server: GatewayType::Nginx, ..Gateway::default() }), None);
}

#[test]
fn the_users_text_is_looked_at() {
    let texts = |text: &str| ConfigTexts { csp_merge: Some(text.into()), ..ConfigTexts::default() };
    for (text, expected) in [
        ("[SYSTEM]\nA=1\n", vec![]),
        ("Password=x\n", vec!["csp-merge-outside-section"]),
        ("[c-data-0]\npassword=x\n", vec!["password-in-config-map"]),
    ] {
        let mut found = Vec::new();
        check_merge(&cluster(false, 0), &texts(text), &mut found);
        assert_eq!(found.iter().map(|diagnostic| diagnostic.id.as_str()).collect::<Vec<_>>(), expected, "{text}");
        assert!(found.iter().all(|diagnostic| !diagnostic.message.contains("=x")));
    }
}
