use super::*;
use crate::sandbox::SandboxError;

#[tokio::test]
async fn a_sandbox_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let version = {
        let sandbox = Sandbox::open(Some(folder.path())).unwrap();
        let busy = Sandbox::open(Some(folder.path())).unwrap_err();
        assert!(matches!(busy, SandboxError::Busy { .. }), "{busy}");
        apply(&sandbox, MAPS, &config_map("c", &json!({"a": "1"}))).await;
        apply(&sandbox, SETS, &stateful_set("s", 2)).await;
        sandbox.flush().unwrap();
        get(&sandbox, &format!("{MAPS}/c")).await.1["metadata"]["resourceVersion"].clone()
    };
    let sandbox = reopened(folder.path()).await;
    let map = get(&sandbox, &format!("{MAPS}/c")).await.1;
    assert_eq!((&map["data"]["a"], &map["metadata"]["resourceVersion"]), (&json!("1"), &version));
    wait(&sandbox, &format!("{SETS}/s"), is_done).await;
    let version: u64 = version.as_str().unwrap().parse().unwrap();
    let (_, made) = apply(&sandbox, MAPS, &config_map("d", &json!({}))).await;
    assert!(made["metadata"]["resourceVersion"].as_str().unwrap().parse::<u64>().unwrap() > version);
    let mut watch = watching::Lines::open(&sandbox, &format!("{MAPS}?watch=1&resourceVersion=1")).await;
    assert_eq!(watch.next().await.unwrap().unwrap()["type"], "ERROR");
}

/// Opens a folder once its last user has let go: a background write may still hold it for a moment.
async fn reopened(folder: &std::path::Path) -> Sandbox {
    loop {
        match Sandbox::open(Some(folder)) {
            Ok(sandbox) => return sandbox,
            Err(SandboxError::Busy { .. }) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn writes_reach_the_disk_without_being_asked() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::open(Some(folder.path())).unwrap();
    apply(&sandbox, MAPS, &config_map("c", &json!({"a": "needle"}))).await;
    let waiting = async {
        while !std::fs::read_to_string(folder.path().join("state.json")).is_ok_and(|text| text.contains("needle")) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.unwrap();
}
