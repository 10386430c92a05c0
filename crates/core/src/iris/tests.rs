//! Tables of what is said of each change.

use super::{
    Changed,
    Effect::{self, FirstStart, Live, NewProcesses, NextRestart, NoEffect, Unknown},
    ImageChange, PARAMETERS, cpf_changes, gateway_changes, image_change,
};
use iriskit_state::plan::RuleId;

fn one(changes: Vec<Changed>) -> Changed {
    assert_eq!(changes.len(), 1, "{changes:?}");
    changes.into_iter().next().unwrap()
}

#[test]
fn each_parameter_takes_effect_when_its_row_says() {
    for (section, key, effect, mirror) in [
        ("config", "globals", NextRestart, false),
        ("config", "GMHEAP", NextRestart, false),
        ("Config", "globals", NoEffect, false),
        ("STARTUP", "DefaultPort", NoEffect, false),
        ("map.USER", "Global_x", NoEffect, false),
        ("config", "locksiz", Live, false),
        ("config", "bbsiz", NewProcesses, false),
        ("config", "MaxServers", NextRestart, true),
        ("Journal", "DaysBeforePurge", Live, false),
        ("Journal", "FreezeOnError", Live, true),
        ("Startup", "PasswordHash", FirstStart, false),
        ("Startup", "WebServerPort", NoEffect, false),
        ("MapMirrors.IRISMIRROR1", "x", Unknown, true),
        ("Map.USER", "Global_x", Live, false),
        ("ECPServers", "IRIS-0", Unknown, false),
        ("Nonsense", "x", Unknown, false),
        ("config", "nonsense", Unknown, false),
    ] {
        let found = one(cpf_changes(&format!("[{section}]\n{key}=1\n"), &format!("[{section}]\n{key}=2\n")));
        assert_eq!((found.effect, found.mirror), (effect, mirror), "[{section}] {key}");
        assert_eq!(found.sensitive, key == "PasswordHash");
    }
}

#[test]
fn only_what_differs_is_told_and_the_last_of_a_key_counts() {
    let before = "[config]\nglobals=1\nglobals=2\n[Journal]\nDaysBeforePurge=2\n";
    let after = "; new\n[Journal]\nDaysBeforePurge=2\n[config]\nglobals=2\n";
    assert_eq!(cpf_changes(before, after), []);
    let found = one(cpf_changes(before, &format!("{after}[config]\nglobals=3\n")));
    assert_eq!((found.before.as_deref(), found.after.as_deref()), (Some("2"), Some("3")));
}

#[test]
fn what_stands_in_a_section_of_other_capitals_is_ignored() {
    let found =
        cpf_changes("", "[actions]\nCreateDatabase:Name=x\nCreateDatabase:Name=y\n[Actions]\nCreateDatabse:Name=z\n");
    let told: Vec<_> = found.iter().map(|one| (one.section.as_str(), one.key.as_str(), one.effect, one.rule)).collect();
    assert_eq!(
        told,
        [
            ("actions", "CreateDatabase:Name=x", NoEffect, RuleId::CpfSectionCase),
            ("actions", "CreateDatabase:Name=y", NoEffect, RuleId::CpfSectionCase),
            ("Actions", "CreateDatabse:Name=z", Unknown, RuleId::CpfUnknown),
        ]
    );
    let moved = cpf_changes("[Actions]\nDeleteDatabase:Name=x\n", "[ACTIONS]\nDeleteDatabase:Name=x\n");
    assert!(moved.iter().all(|one| !one.deletes_data() && one.effect == NoEffect), "{moved:?}");
}

#[test]
fn a_removed_line_is_not_undone() {
    let found = one(cpf_changes("[config]\nglobals=1\n", "[config]\n"));
    assert_eq!((found.effect, found.removed, found.rule), (NoEffect, true, RuleId::CpfRemovedLine));
    let found = one(cpf_changes("[Actions]\nCreateNamespace:Name=x\n", ""));
    assert_eq!((found.effect, found.removed), (NoEffect, true));
}

#[test]
fn actions_do_what_their_kind_does() {
    let cases: [(&str, &str, Effect, RuleId); 13] = [
        ("", "CreateDatabase:Name=x", Live, RuleId::ActionCreate),
        ("", "CreateDatabase:Name=x,MirrorSetName=M", Live, RuleId::MirroredDatabaseOrder),
        ("CreateDatabase:Name=x,Size=1", "CreateDatabase:Name=x,Size=2", NoEffect, RuleId::ActionCreateSkipped),
        ("CreateUser:Name=x,PasswordHash=a", "CreateUser:Name=x,PasswordHash=b", NoEffect, RuleId::ActionCreateSkipped),
        ("", "ModifyUser:Name=x,PasswordHash=b", Live, RuleId::ActionModify),
        ("ModifyConfig:globals=1,locksiz=1", "ModifyConfig:globals=2,locksiz=2", NextRestart, RuleId::CpfNextRestart),
        ("ModifyConfig:globals=1,locksiz=1", "ModifyConfig:globals=1,locksiz=2", Live, RuleId::CpfLiveMerge),
        ("", "DeleteDatabase:Name=x", Live, RuleId::ActionDeleteDatabase),
        ("ConfigMirror:Name=M,Map=\"a,b\"", "ConfigMirror:Name=M,Map=\"a,b,c\"", NoEffect, RuleId::ConfigMirror),
        ("ConfigMirror:Name=M", "ConfigMirror:Name=M,ArbiterURL=a:1", Live, RuleId::ConfigMirror),
        ("ConfigMirror:Name=M,ArbiterURL=a:1", "ConfigMirror:Name=M,ArbiterURL=b:1", NoEffect, RuleId::ConfigMirror),
        ("", "Execute:x=1", Unknown, RuleId::CpfUnknown),
        ("", "DeleteNamespace:Name=x", Live, RuleId::ActionDelete),
    ];
    for (before, after, effect, rule) in cases {
        let found = one(cpf_changes(&format!("[Actions]\n{before}\n"), &format!("[Actions]\n{after}\n")));
        assert_eq!((found.effect, found.rule), (effect, rule), "{before} → {after}");
        assert_eq!(found.deletes_data(), after.starts_with("DeleteDatabase"));
        assert_eq!(found.sensitive, after.contains("PasswordHash"));
        assert!(!found.sensitive || found.before.is_none() && found.after.is_none());
    }
}

#[test]
fn a_gateway_takes_over_all_but_a_few_keys() {
    for (section, key, effect) in [
        ("SYSTEM", "Server_Response_Timeout", Live),
        ("SYSTEM", "MAX_CONNECTIONS", NextRestart),
        ("system", "readonly", NextRestart),
        ("c-data-0", "Username", Live),
    ] {
        let found = one(gateway_changes(&format!("[{section}]\n{key}=1"), &format!("[{section}]\n{key}=2")));
        assert_eq!(found.effect, effect, "[{section}] {key}");
    }
    let found = one(gateway_changes("[x]\nPassword=old", "[x]\nPassword=new"));
    assert_eq!((found.sensitive, found.before, found.after), (true, None, None));
}

#[test]
fn the_table_has_each_parameter_once_and_a_source_for_each() {
    for (at, row) in PARAMETERS.iter().enumerate() {
        assert!(!row.source.is_empty(), "{row:?}");
        let same = |other: &super::Parameter| (other.section, other.key) == (row.section, row.key);
        assert!(!PARAMETERS.iter().skip(at + 1).any(same), "{row:?} stands twice");
    }
}

#[test]
fn tags_say_what_a_new_image_means() {
    let kind = |from: &str, to: &str| match image_change(from, to) {
        ImageChange::SameRelease => "same",
        ImageChange::MajorRelease { .. } => "major",
        ImageChange::Downgrade { .. } => "down",
        ImageChange::Unknown { .. } => "unknown",
    };
    for (from, to, expected) in [
        ("r/iris:2024.1.2.398.0", "r/iris:2024.1.3.100.0", "same"),
        ("r/iris:2024.1.2.398.0", "mirror/x/iris:2024.1.2.398.0", "same"),
        ("r/iris:2024.1", "r/iris:2024.1.1", "same"),
        ("r/iris:2024.1.2", "r/iris:2024.1", "unknown"),
        ("r/irishealth:2024.1.2", "mirror/irishealth:2024.1", "unknown"),
        ("r/iris:2024.1.2.398.0", "r/iris:2024.1.2", "unknown"),
        ("r/iris:2024.1.2@sha256:a", "r/iris:2024.1", "unknown"),
        ("r/iris:2024.1@sha256:a", "r/iris:2024.1@sha256:b", "unknown"),
        ("r/iris:2024.1@sha256:a", "r/iris:2024.1", "unknown"),
        ("r/iris:2024.1", "r/iris:2024.1@sha256:a", "same"),
        ("r/iris:2024.1.2.398.0@sha256:a", "r/iris:2024.1.2.398.0@sha256:b", "same"),
        ("r/iris:2024.1.2", "r/iris:latest-em", "unknown"),
        ("r/iris:2024.1.2", "r/iris:2023.3", "down"),
        ("r/iris:2024.1.2", "r/iris:2024.1.2", "same"),
        ("r/iris:2024.1.2-linux", "r/iris:2024.1.2", "same"),
        ("r/iris:2024.1", "r/iris:2025.1.0.223.0", "major"),
        ("r/iris:2024.1", "r/iris:2024.2", "major"),
        ("r/iris:2025.1", "r/iris:2024.3.9", "down"),
        ("r/iris:2024.1.2", "r/iris:2024.1.1", "down"),
        ("r/iris:latest-em", "r/iris:2024.1", "unknown"),
        ("r/iris:2024.1", "r/iris@sha256:abc", "unknown"),
        ("r/iris", "r/iris:2024.1", "unknown"),
        ("r/iris:2024.1", "r/irishealth:2024.1", "unknown"),
        ("r/iris:2024.1@sha256:a", "r/iris:2024.1.1@sha256:b", "same"),
        ("localhost:5000/iris:2024.1", "localhost:5001/iris-arm64:2024.1", "same"),
        ("r/iris:dev", "r/iris:dev", "same"),
    ] {
        assert_eq!(kind(from, to), expected, "{from} → {to}");
    }
}

#[test]
fn no_secret_reaches_a_name_or_a_value() {
    let text = |secret: &str| {
        format!(
            "[config]\npassword: {secret}\nurl=http://u:{secret}@h\n[x Password={secret}]\ny=1\n[Actions]\n\
             ModifyUser:Name=u,PasswordHash=\"{secret}\"\nExecute:token={secret}\n"
        )
    };
    let changes = cpf_changes(&text("canary1"), &text("canary2"));
    assert!(changes.len() >= 4, "{changes:?}");
    assert!(!format!("{changes:?}").contains("canary"), "{changes:?}");
    assert_eq!(cpf_changes(&text("canary1"), &text("canary1")), []);
}
