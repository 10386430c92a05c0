//! Removing a cluster.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_cluster_goes_in_reverse_and_its_volumes_stay_in_the_record() {
    let bench = Bench::with(slow());
    bench.make(MIRRORED).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    bench.sandbox.fail_over("default", "hospital-data-0").unwrap();
    let claims = bench.names("PersistentVolumeClaim").await;
    let plan = bench.plan_destroy(false).await;
    bench.apply(&plan, &SecretValues::default()).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));

    let gone = |name: &str| bench.at(&format!("StatefulSet/default/{name}"), Action::Delete, true);
    let first = |name: &str| bench.at(&format!("StatefulSet/default/{name}"), Action::Delete, false);
    assert!(gone("hospital-webgateway") < first("hospital-compute"));
    assert!(gone("hospital-compute") < first("hospital-data-0"));
    assert!(bench.at("StatefulSet/default/hospital-data-0", Action::DeletePods, true) < first("hospital-arbiter"));
    // The labeler keeps its rights until the last member is gone.
    let members_gone = bench.at("StatefulSet/default/hospital-data-0", Action::DeletePods, true);
    for kind in ["ServiceAccount", "Role", "RoleBinding"] {
        assert!(members_gone < bench.at(&format!("{kind}/default/hospital-mirror-labeler"), Action::Delete, false));
    }
    let pods = [("hospital-data-0-0", "backup"), ("hospital-data-0-1", "primary")];
    assert_eq!(bench.deleted(), pods.map(|(pod, role)| (pod.to_owned(), role.to_owned())));

    assert_eq!(bench.names("Pod").await, [""; 0]);
    assert_eq!(bench.names("StatefulSet").await, [""; 0]);
    assert_eq!(bench.names("Service").await, [""; 0]);
    assert_eq!(bench.names("PersistentVolumeClaim").await, claims);
    let record = bench.record().await.unwrap();
    let recorded: BTreeSet<&str> = record.objects.iter().map(|object| object.name.as_str()).collect();
    assert!(record.objects.iter().all(|object| object.kind == "PersistentVolumeClaim" && object.uid.is_some()));
    assert_eq!(recorded, claims.iter().map(String::as_str).collect());

    let plan = bench.plan_destroy(true).await;
    assert_eq!(plan.summary.delete, claims.len());
    bench.apply(&plan, &SecretValues::default()).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
    assert_eq!(bench.names("PersistentVolumeClaim").await, [""; 0]);
    assert_eq!(bench.record().await, None);
}

#[tokio::test(start_paused = true)]
async fn everything_can_go_at_once_with_the_allowance() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    let plan = bench.plan_destroy(true).await;
    let error =
        run(&bench.cluster, &plan, &SecretValues::default(), &ApplyOptions::default(), |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("--allow delete-data"), "{error}");
    bench.apply(&plan, &SecretValues::default()).await.unwrap_or_else(|error| panic!("{error}: {:#?}", error.report()));
    assert_eq!(bench.names("PersistentVolumeClaim").await, [""; 0]);
    assert_eq!(bench.record().await, None);
    assert_eq!(bench.names("ConfigMap").await, ["kube-root-ca.crt"]);
}

#[tokio::test(start_paused = true)]
async fn a_record_whose_volumes_were_deleted_by_hand_goes_with_the_next_destroy() {
    let bench = Bench::new();
    bench.make(MIRRORED).await;
    bench.apply(&bench.plan_destroy(false).await, &SecretValues::default()).await.unwrap();
    for claim in bench.names("PersistentVolumeClaim").await {
        let object = ObjectRef::namespaced("v1", "PersistentVolumeClaim", "default", &claim);
        bench.cluster.delete(&object, &crate::cluster::DeleteOptions::default()).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    bench.apply(&bench.plan_destroy(false).await, &SecretValues::default()).await.unwrap();
    assert_eq!(bench.record().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_saved_plan_is_not_applied_again_after_all_was_destroyed() {
    let bench = Bench::new();
    let Planned { mut plan, secret_values, .. } = bench.plan(MIRRORED).await;
    survey::seal(&mut plan, &secret_values).unwrap();
    iriskit_state::plan::write(&mut plan).unwrap();
    bench.apply(&plan, &secret_values).await.unwrap();
    bench.apply(&bench.plan_destroy(true).await, &SecretValues::default()).await.unwrap();
    let record = bench.record().await.expect("what refuses the plan");
    assert_eq!((record.objects.len(), record.plans.keys().collect::<Vec<_>>()), (0, vec![&plan.id]));
    // Nothing else tells that the world is not the one before the apply.
    let error = bench.apply(&plan, &secret_values).await.unwrap_err();
    assert!(matches!(error, ApplyError::Used { .. }), "{error}");
    // A new plan finds nothing in its way, and a destroy after the file expired leaves nothing.
    bench.make(MIRRORED).await;
    bench.expire_saved_plans().await;
    bench.apply(&bench.plan_destroy(true).await, &SecretValues::default()).await.unwrap();
    assert_eq!(bench.record().await, None);
}
