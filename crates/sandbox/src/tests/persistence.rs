use super::*;
use crate::SandboxError;

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

#[tokio::test]
async fn what_a_killed_process_left_half_written_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::open(Some(folder.path())).unwrap();
    apply(&sandbox, MAPS, &config_map("c", &json!({"a": "1"}))).await;
    sandbox.flush().unwrap();
    drop(sandbox);
    std::fs::write(folder.path().join("state.json.new"), "{\"format_ver").unwrap();
    let sandbox = reopened(folder.path()).await;
    assert_eq!(get(&sandbox, &format!("{MAPS}/c")).await.1["data"]["a"], "1");
}

#[tokio::test]
async fn reports_of_mirror_members_are_fresh_when_a_sandbox_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::open(Some(folder.path())).unwrap();
    apply(&sandbox, SETS, &mirror::mirrored("m", true)).await;
    wait(&sandbox, PODS, |pods| mirror::roles(pods) == ["primary N/A", "backup Active"]).await;
    sandbox.flush().unwrap();
    drop(sandbox);
    let path = folder.path().join("state.json");
    drop(reopened(folder.path()).await);
    let text = std::fs::read_to_string(&path).unwrap();
    let pattern = "\\\"at\\\":\\\"";
    let (at, _) = text.match_indices(pattern).next().unwrap();
    let year = &text.as_bytes()[at + pattern.len()..at + pattern.len() + 4];
    let year = std::str::from_utf8(year).unwrap();
    std::fs::write(&path, text.replace(&format!("{pattern}{year}"), &format!("{pattern}2001"))).unwrap();
    let sandbox = reopened(folder.path()).await;
    let (_, pods) = get(&sandbox, PODS).await;
    assert_eq!(mirror::roles(&pods), ["primary N/A", "backup Active"]);
    for pod in pods["items"].as_array().unwrap() {
        let report = pod["metadata"]["annotations"]["iriskit/mirror-status"].as_str().unwrap();
        assert!(report.contains(&format!("\"at\":\"{year}")), "{report}");
    }
}
