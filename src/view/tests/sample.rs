//! Plans made by hand.

use iriskit_state::plan::{ActionReason, AllowanceName, Component, ReplaceMode, Role, RuleId, StagedChanges, *};
use std::collections::BTreeMap;

use serde_json::{Value, json};

const NOW: &str = "2026-08-21T12:00:00Z";

/// A plan of nothing for `simple` in namespace `hospital`.
fn empty(operation: Operation) -> Plan {
    Plan {
        timestamp: None,
        applyable: None,
        complete: None,
        errored: None,
        format_version: FORMAT_VERSION.into(),
        iriskit_version: "0.1.0".into(),
        id: "3f2a91c0d4e5f60718293a4b5c6d7e8f".to_owned(),
        digest: String::new(),
        created_at: NOW.into(),
        expires_at: "2026-08-22T12:00:00Z".into(),
        operation,
        cluster: ClusterIdentity {
            context: "kind-prod".into(),
            server: "https://127.0.0.1:6443".into(),
            ca_sha256: None,
            user: Some("jane@prod".into()),
            namespaces: BTreeMap::from([("hospital".into(), NamespaceIdentity { exists: true, ..Default::default() })]),
        },
        sources: vec![Source { path: "simple.yaml".into() }],
        namespace: Some("hospital".into()),
        labeler_image: None,
        snapshot: None,
        ownership: OwnershipPolicy::default(),
        owners: vec![owner("hospital", "simple")],
        references: Vec::new(),
        resource_changes: Vec::new(),
        resource_drift: Vec::new(),
        stages: Vec::new(),
        summary: Summary::default(),
        impact: Totals::default(),
        allowances: Vec::new(),
        apply_flags: String::new(),
        not_ready: Vec::new(),
        finished_upgrades: Vec::new(),
        blocked: Vec::new(),
        staying: Vec::new(),
        notes: Vec::new(),
    }
}

fn owner(namespace: &str, name: &str) -> Owner {
    Owner {
        namespace: namespace.into(),
        name: name.into(),
        summary: "mirrored pair · arbiter · 1 web gateway · sidecar web gateways · irishealth 2023.3 (dialect 3.6)"
            .into(),
        source: None,
        planned_from: None,
    }
}

/// A change without fields or impact.
fn change(stage: &str, actions: &[Verb], api_version: &str, kind: &str, name: &str, about: &str) -> ResourceChange {
    ResourceChange {
        mode: None,
        address: format!("{kind}/hospital/{name}"),
        type_name: format!("{api_version}/{kind}"),
        api_version: api_version.into(),
        kind: kind.into(),
        namespace: Some("hospital".into()),
        name: name.into(),
        owner: "hospital/simple".into(),
        component: Component::Data,
        stage: stage.parse().unwrap(),
        about: about.into(),
        source: None,
        change: Change {
            actions: actions.to_vec(),
            before: Value::Null,
            after: Value::Null,
            after_unknown: Value::Null,
            before_sensitive: Value::Null,
            after_sensitive: Value::Null,
            replace_paths: Vec::new(),
        },
        action_reason: None,
        replace_mode: None,
        verified: Verified::Server,
        verified_after: None,
        fields: Vec::new(),
        restart_causes: Vec::new(),
        causes: Vec::new(),
        depends_on: Vec::new(),
        impact: Impact::default(),
        steps: Vec::new(),
        fingerprint: None,
    }
}

fn stateful(stage: &str, verb: Verb, name: &str, about: &str) -> ResourceChange {
    change(stage, &[verb], "apps/v1", "StatefulSet", name, about)
}

fn core(stage: &str, verb: Verb, kind: &str, name: &str, about: &str) -> ResourceChange {
    change(stage, &[verb], "v1", kind, name, about)
}

fn field(path: &str, before: Value, after: Value) -> FieldChange {
    FieldChange { path: path.into(), before, after, sensitive: false, origin: Origin::Manifest, by: None, at: None }
}

fn pod(name: &str, role: Option<Role>, effect: PodEffect) -> PodImpact {
    PodImpact { pod: name.into(), role, successor: None, effect, rule: None }
}

fn volume(claim: &str, effect: VolumeEffect) -> VolumeImpact {
    VolumeImpact {
        claim: claim.into(),
        effect,
        size: Some("2Gi".into()),
        size_before: (effect == VolumeEffect::Grows).then(|| "1Gi".into()),
        storage_class: None,
        created_at: None,
    }
}

fn note(severity: Severity, id: &str, message: &str) -> Note {
    Note { severity, id: id.parse().unwrap(), message: message.into(), address: None, source: None, help: None }
}

fn place(line: usize, column: usize) -> Place {
    Place { file: "simple.yaml".into(), line, column }
}

/// Puts changes into their stages and counts them.
fn with(mut plan: Plan, changes: Vec<ResourceChange>) -> Plan {
    for change in &changes {
        match plan.stages.iter_mut().find(|stage| stage.name == change.stage) {
            Some(stage) => stage.changes.push(change.address.clone()),
            None => plan.stages.push(StagedChanges { name: change.stage, changes: vec![change.address.clone()] }),
        }
        let sum = &mut plan.summary;
        *match change.change.actions.as_slice() {
            [Verb::NoOp] => &mut sum.unchanged,
            [Verb::Create] => &mut sum.create,
            [Verb::Update] => &mut sum.update,
            [Verb::Delete] => &mut sum.delete,
            _ => &mut sum.replace,
        } += 1;
        let pods = |effect| change.impact.pods.iter().filter(|pod| pod.effect == effect).count();
        let volumes = |effect| change.impact.volumes.iter().filter(|volume| volume.effect == effect).count();
        let totals = &mut plan.impact;
        totals.class = totals.class.max(change.impact.class);
        totals.restarts += pods(PodEffect::Restarts);
        totals.primary_moves += change.impact.primary_moves;
        totals.volumes_new += volumes(VolumeEffect::New);
        totals.volumes_reused += volumes(VolumeEffect::Reused);
        totals.volumes_staying += volumes(VolumeEffect::Stays);
        totals.volumes_deleted += volumes(VolumeEffect::Deleted);
        totals.volumes_growing += volumes(VolumeEffect::Grows);
    }
    plan.resource_changes = changes;
    plan
}

fn eight(effect: VolumeEffect) -> Vec<VolumeImpact> {
    let templates = ["iris-data", "iris-journal1", "iris-journal2", "iris-wij"];
    let claims = (0..2).flat_map(|pod| templates.map(|template| format!("{template}-simple-data-0-{pod}")));
    claims.map(|claim| volume(&claim, effect)).collect()
}

/// The article's manifest in an empty namespace.
pub(in crate::view) fn first() -> Plan {
    let mut binding = change(
        "prerequisites",
        &[Verb::Create],
        "rbac.authorization.k8s.io/v1",
        "RoleBinding",
        "simple-mirror-labeler",
        "",
    );
    binding.verified = Verified::Deferred;
    binding.verified_after = Some("Role/hospital/simple-mirror-labeler".into());
    let mut data = stateful(
        "data",
        Verb::Create,
        "simple-data-0",
        "2 pods: simple-data-0-0 first, then simple-data-0-1; 8 new volumes, 16Gi of the default class",
    );
    data.impact.pods =
        vec![pod("simple-data-0-0", None, PodEffect::Created), pod("simple-data-0-1", None, PodEffect::Created)];
    data.impact.volumes = eight(VolumeEffect::New);
    let mut sidecar = core("services", Verb::Create, "Service", "sidecar-service", "LoadBalancer → the backup");
    sidecar.component = Component::Companion;
    sidecar.source = Some(place(61, 1));
    let mut plan = with(
        empty(Operation::Apply),
        vec![
            core("prerequisites", Verb::Create, "ServiceAccount", "simple-mirror-labeler", ""),
            change(
                "prerequisites",
                &[Verb::Create],
                "rbac.authorization.k8s.io/v1",
                "Role",
                "simple-mirror-labeler",
                "",
            ),
            binding,
            core(
                "prerequisites",
                Verb::Create,
                "Service",
                "iris-svc",
                "headless, shared by the clusters of the namespace",
            ),
            stateful("arbiter", Verb::Create, "simple-arbiter", "1 pod"),
            core(
                "data",
                Verb::Create,
                "ConfigMap",
                "simple-data-0",
                "data.cpf 31 lines, 2 of them from ConfigMap iris-cpf",
            ),
            core("data", Verb::Create, "ConfigMap", "simple-data-webgateway", "CSP.ini of the sidecars"),
            data,
            core("web gateway", Verb::Create, "ConfigMap", "simple-webgateway", ""),
            stateful("web gateway", Verb::Create, "simple-webgateway", "1 pod"),
            core("services", Verb::Create, "Service", "simple", "LoadBalancer → the primary"),
            core("services", Verb::Create, "Service", "simple-webgateway", "LoadBalancer → simple-webgateway"),
            sidecar,
        ],
    );
    plan.notes = vec![
        Note {
            source: Some(place(14, 13)),
            ..note(
                Severity::Warning,
                "secret-not-found",
                "pods will not start: Secret intersystems-pull-secret does not exist in namespace hospital",
            )
        },
        Note {
            address: Some("StatefulSet/hospital/simple-data-0".into()),
            help: Some("--labeler-image IMAGE, or annotation iriskit/labeler-image on the IrisCluster".into()),
            ..note(
                Severity::Warning,
                "labeler-image-missing",
                "label mirrorRole will not be set: Service simple will have no endpoints, and rolls will stop; adding the image later restarts both members",
            )
        },
    ];
    plan
}

fn unchanged_objects(count: usize) -> Vec<ResourceChange> {
    (0..count).map(|at| core("prerequisites", Verb::NoOp, "ConfigMap", &format!("c{at}"), "")).collect()
}

/// A new IRIS image: both members restart, the primary moves.
pub(in crate::view) fn image() -> Plan {
    let mut data = stateful("data", Verb::Update, "simple-data-0", "rolling, by mirror role");
    data.fields = vec![field(
        "spec.template.spec.containers[iris].image",
        json!("containers.intersystems.com/intersystems/irishealth:2023.3"),
        json!("containers.intersystems.com/intersystems/irishealth:2023.3.1"),
    )];
    data.impact = Impact {
        class: ImpactClass::PrimaryMoves,
        pods: vec![
            pod("simple-data-0-1", Some(Role::Backup), PodEffect::Restarts),
            PodImpact {
                successor: Some("simple-data-0-1".into()),
                ..pod("simple-data-0-0", Some(Role::Primary), PodEffect::Restarts)
            },
            PodImpact {
                rule: Some(RuleId::BothPrimary),
                successor: Some("simple-data-0-0".into()),
                ..pod("simple-data-0-1", Some(Role::Primary), PodEffect::Restarts)
            },
        ],
        primary_moves: 2,
        unavailable: vec!["simple-data-0 has no primary for the length of a fail-over, twice.".into()],
        irreversible: Some("IRIS upgrades its databases at first start.".into()),
        ..Impact::default()
    };
    data.steps = vec![Step::RollByRole { blind: false, both_primary: true, was_primary: vec![], pause_before: None }];
    let mut changes = unchanged_objects(12);
    changes.push(data);
    let mut plan = with(empty(Operation::Apply), changes);
    plan.digest = "sha256:00".into();
    plan.allowances = vec![Allowance {
        name: AllowanceName::RestartPrimary,
        reasons: vec!["StatefulSet simple-data-0 restarts its primary".into()],
    }];
    plan
}

/// Somebody changed the type of a Service, somebody else labelled it.
pub(in crate::view) fn drift() -> Plan {
    let found = |path: &str, before, after, by: &str, at: &str| FieldChange {
        origin: Origin::Drift,
        by: Some(by.into()),
        at: Some(at.into()),
        ..field(path, before, after)
    };
    let edited = "2026-08-21T09:00:00Z";
    let mut service = core("services", Verb::Update, "Service", "simple", "");
    service.action_reason = Some(ActionReason::Drifted);
    service.fields = vec![
        found("spec.type", json!("NodePort"), json!("LoadBalancer"), "kubectl-edit", edited),
        FieldChange { origin: Origin::Server, ..field("spec.externalTrafficPolicy", json!("Local"), Value::Null) },
    ];
    let mut changes = unchanged_objects(12);
    changes.push(service);
    let mut plan = with(empty(Operation::Apply), changes);
    let drifted = |taken_back, fields| ResourceDrift {
        mode: None,
        address: "Service/hospital/simple".into(),
        type_name: "v1/Service".into(),
        namespace: Some("hospital".into()),
        name: "simple".into(),
        fields,
        taken_back,
        treatment: taken_back.then_some(Treatment::Take),
        never_ours: false,
    };
    plan.resource_drift = vec![
        drifted(true, vec![found("spec.type", Value::Null, json!("NodePort"), "kubectl-edit", edited)]),
        drifted(
            false,
            vec![found("metadata.labels.team", Value::Null, json!("a"), "kubectl-label", "2026-08-11T09:00:00Z")],
        ),
    ];
    plan
}

/// Everything is as it should be.
pub(in crate::view) fn unchanged() -> Plan {
    let mut plan = with(empty(Operation::Apply), unchanged_objects(13));
    plan.notes = vec![Note {
        address: Some("StatefulSet/hospital/simple-data-0".into()),
        ..note(
            Severity::Note,
            "pods-outdated",
            "simple-data-0-1 runs an older revision; the manifest's OnDelete leaves the restart to you",
        )
    }];
    plan
}

fn parameters() -> Vec<ParameterChange> {
    let row = |section: &str, key: &str, values: (&str, &str), takes_effect, note: &str| ParameterChange {
        file: "data.cpf".into(),
        section: section.into(),
        key: key.into(),
        before: Some(values.0.to_owned()).filter(|value| !value.is_empty()),
        after: Some(values.1.to_owned()).filter(|value| !value.is_empty()),
        sensitive: values == ("", ""),
        removed: !values.0.is_empty() && values.1.is_empty(),
        takes_effect,
        mirror: false,
        loaded_by: Vec::new(),
        waiting: Vec::new(),
        note: note.into(),
        rule: RuleId::CpfNextRestart,
    };
    let pods = || vec!["simple-data-0-0".to_owned(), "simple-data-0-1".to_owned()];
    let globals =
        row("config", "globals", ("0,0,800,0,0,0", "0,0,1200,0,0,0"), TakesEffect::NextRestart, "database cache");
    let heap = row("config", "gmheap", ("", "393216"), TakesEffect::NextRestart, "");
    vec![
        row("Startup", "PasswordHash", ("", ""), TakesEffect::FirstStart, "a password that was set stays"),
        ParameterChange { waiting: pods(), ..globals },
        ParameterChange { loaded_by: pods(), ..heap },
        row("config", "locksiz", ("1", "2"), TakesEffect::Live, ""),
        row("config", "zfheap", ("1,2", ""), TakesEffect::NoEffect, "the value that was merged stays"),
        row("Actions", "CreateDatabase:Name=x", ("", "Name=x"), TakesEffect::Live, "skipped where the object exists"),
        row("Own", "key", ("a", "b"), TakesEffect::Unknown, ""),
    ]
}

/// Other configuration: a CPF line, an INI line, a password, an environment variable that looks like a number, a list.
pub(in crate::view) fn configuration() -> Plan {
    let cpf = |globals: &str| {
        format!(
            "[Startup]\nPasswordHash=(sensitive)\nEnsembleAutoStart=1\n\n[config]\nLibPath=\nMaxServers=2\nglobals={globals}\ngmheap=393216\njrnbufs=64\nlocksiz=33554432\nroutines=350\n\n[Journal]\nFreezeOnError=1\n"
        )
    };
    let mut map = core("data", Verb::Update, "ConfigMap", "simple-data-0", "");
    map.fields = vec![
        field("data[data.cpf]", json!(cpf("0,0,800,0,0,0")), json!(cpf("0,0,1200,0,0,0"))),
        FieldChange {
            sensitive: true,
            ..field(
                "data[common.cpf]",
                json!("[Startup]\nPasswordHash=(sensitive)\n"),
                json!("[Startup]\nPasswordHash=(sensitive, changed)\n"),
            )
        },
    ];
    map.change.before = json!({"data": {"common.cpf": "[Startup]\nPasswordHash=(sensitive)\n"}});
    map.change.after = json!({"data": {"common.cpf": "[Startup]\nPasswordHash=(sensitive, changed)\n"}});
    map.impact.class = ImpactClass::Live;
    map.impact.parameters = parameters();
    let mut secret = core("web gateway", Verb::Update, "Secret", "gateway-login", "");
    secret.component = Component::Companion;
    secret.source = Some(place(80, 1));
    secret.fields = vec![FieldChange {
        sensitive: true,
        ..field("data.password", json!("(sensitive)"), json!("(sensitive, changed)"))
    }];
    let mut gateway = stateful("web gateway", Verb::Update, "simple-webgateway", "");
    gateway.fields = vec![
        field("spec.replicas", json!(1), json!(3)),
        field("spec.template.spec.containers[webgateway].env[TZ].value", json!("Europe/Berlin"), json!("1")),
        field("spec.template.spec.tolerations", Value::Null, json!([{"key": "iris", "operator": "Exists"}])),
        field("spec.template.metadata.annotations.team", json!("a"), Value::Null),
    ];
    gateway.impact = Impact {
        class: ImpactClass::Rolling,
        pods: vec![
            pod("simple-webgateway-1", None, PodEffect::Created),
            pod("simple-webgateway-2", None, PodEffect::Created),
            pod("simple-webgateway-0", None, PodEffect::Restarts),
        ],
        ..Impact::default()
    };
    with(empty(Operation::Apply), vec![map, secret, gateway])
}

/// Replacements, adoption, deletion, outdated pods, a blind roll, missing rights; two clusters in two namespaces.
pub(in crate::view) fn everything() -> Plan {
    let mut orphan = change("data", &[Verb::Delete, Verb::Create], "apps/v1", "StatefulSet", "simple-data-0", "");
    orphan.replace_mode = Some(ReplaceMode::OrphanRecreate);
    orphan.action_reason = Some(ActionReason::ReplaceBecauseImmutable);
    orphan.change.replace_paths = vec!["spec.volumeClaimTemplates[iris-data].spec.resources.requests.storage".into()];
    orphan.fields = vec![field(
        "spec.volumeClaimTemplates[iris-data].spec.resources.requests.storage",
        json!("10Gi"),
        json!("20Gi"),
    )];
    let mut outdated = stateful("data", Verb::Update, "lab-data-0", "rolling, by mirror role");
    outdated.namespace = Some("lab".into());
    outdated.address = "StatefulSet/lab/lab-data-0".into();
    outdated.action_reason = Some(ActionReason::PodsOutdated);
    outdated.steps =
        vec![Step::RollByRole { blind: true, both_primary: false, was_primary: vec![], pause_before: None }];
    outdated.impact = Impact {
        class: ImpactClass::PrimaryMoves,
        pods: vec![pod("lab-data-0-1", None, PodEffect::Restarts), pod("lab-data-0-0", None, PodEffect::Restarts)],
        primary_moves: 2,
        ..Impact::default()
    };
    let mut compute = stateful("compute", Verb::Update, "simple-compute", "");
    compute.verified = Verified::Local;
    compute.fields =
        vec![field("spec.template.spec.containers[iris].resources.limits.memory", json!("8Gi"), json!("16Gi"))];
    compute.impact.class = ImpactClass::Rolling;
    compute.impact.pods =
        (0..20).rev().map(|at| pod(&format!("simple-compute-{at}"), None, PodEffect::Restarts)).collect();
    let mut service = change("services", &[Verb::Create, Verb::Delete], "v1", "Service", "simple", "");
    service.change.replace_paths = vec!["spec.clusterIP".into()];
    let mut adopted = core("services", Verb::Update, "Service", "iris-svc", "");
    adopted.action_reason = Some(ActionReason::Adopt);
    let mut gone = core("services", Verb::Delete, "Service", "sidecar-service", "");
    gone.action_reason = Some(ActionReason::DeleteBecauseNoResourceConfig);
    let mut created =
        stateful("data", Verb::Create, "simple-data-1", "2 pods: simple-data-1-0 first, then simple-data-1-1");
    created.impact.class = ImpactClass::Data;
    created.impact.volumes = vec![VolumeImpact {
        created_at: Some("2026-05-01T08:00:00Z".into()),
        ..volume("iris-data-simple-data-1-0", VolumeEffect::Reused)
    }];
    let mut plan = with(empty(Operation::Apply), vec![orphan, created, outdated, compute, service, adopted, gone]);
    plan.cluster.namespaces.insert("lab".into(), NamespaceIdentity::default());
    plan.owners.push(owner("lab", "lab"));
    plan.allowances =
        [AllowanceName::Replace, AllowanceName::RestartPrimary, AllowanceName::ReuseData, AllowanceName::RollBlind]
            .map(|name| Allowance { name, reasons: vec![format!("a sentence on why {name} has to be allowed")] })
            .to_vec();
    plan.notes = vec![note(Severity::Error, "not-ours", "Service hospital/other exists and is not managed by iriskit")];
    plan
}

/// Nothing can be placed, because the namespace does not exist.
pub(in crate::view) fn blocked() -> Plan {
    let mut plan = first();
    let refused = |change: &ResourceChange| Note {
        address: Some(change.address.clone()),
        help: Some("create namespace hospital, or add a Namespace document to the input".into()),
        ..note(Severity::Error, "not-found", "the server can't place it: namespaces \"hospital\" not found")
    };
    plan.notes = plan.resource_changes.iter().map(refused).collect();
    plan.cluster.namespaces.values_mut().for_each(|namespace| namespace.exists = false);
    plan.resource_changes.clear();
    plan.stages.clear();
    plan.summary = Summary::default();
    plan
}

fn destroyed() -> Vec<ResourceChange> {
    let mut data = stateful("data", Verb::Delete, "simple-data-0", "2 pods, simple-data-0-1 first");
    data.impact.class = ImpactClass::Outage;
    data.impact.pods = vec![
        pod("simple-data-0-1", Some(Role::Backup), PodEffect::Deleted),
        pod("simple-data-0-0", Some(Role::Primary), PodEffect::Deleted),
    ];
    data.impact.volumes = eight(VolumeEffect::Stays);
    let mut gateway = stateful("web gateway", Verb::Delete, "simple-webgateway", "1 pod");
    gateway.impact.pods = vec![pod("simple-webgateway-0", None, PodEffect::Deleted)];
    vec![
        core("services", Verb::Delete, "Service", "simple", ""),
        gateway,
        data,
        core("prerequisites", Verb::Delete, "ServiceAccount", "simple-mirror-labeler", ""),
    ]
}

/// The cluster goes, its volumes stay.
pub(in crate::view) fn destroy() -> Plan {
    let mut plan = with(empty(Operation::Destroy), destroyed());
    plan.staying = eight(VolumeEffect::Stays)
        .into_iter()
        .map(|volume| Staying {
            address: format!("PersistentVolumeClaim/hospital/{}", volume.claim),
            owner: "hospital/simple".into(),
            size: volume.size,
            reclaim_policy: Some("Delete".into()),
            reason: String::new(),
        })
        .collect();
    plan.staying.push(Staying {
        address: "Namespace/hospital".into(),
        owner: "hospital/simple".into(),
        size: None,
        reclaim_policy: None,
        reason: "iriskit never deletes a Namespace".into(),
    });
    plan
}

/// The cluster goes with its volumes.
pub(in crate::view) fn destroy_with_data() -> Plan {
    let mut changes = destroyed();
    changes[2].impact.volumes.clear();
    changes.extend(eight(VolumeEffect::Deleted).into_iter().map(|volume| {
        let mut claim = core("volumes", Verb::Delete, "PersistentVolumeClaim", &volume.claim, "");
        claim.impact.class = ImpactClass::Data;
        claim.impact.irreversible = Some("Its data are lost.".into());
        claim.impact.volumes = vec![VolumeImpact { created_at: Some(NOW.into()), ..volume }];
        claim
    }));
    for change in &mut changes {
        change.stage = format!("remove {}", change.stage).parse().unwrap();
    }
    let mut plan = with(empty(Operation::Destroy), changes);
    plan.cluster.context = "sandbox".into();
    plan.cluster.server = ".iriskit/sandbox".into();
    plan.cluster.user = None;
    plan.allowances = vec![Allowance {
        name: AllowanceName::DeleteData,
        reasons: (0..8).map(|at| format!("volume {at} is deleted with its data")).collect(),
    }];
    plan
}
