//! Lines of `[Actions]`: what a changed one does to an instance that has merged the earlier text.

use super::{
    Effect,
    cpf::{self, NOT_STATED},
    text::Action,
};
use iriskit_state::plan::RuleId;

/// What a changed action does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) effect: Effect,
    /// The rule behind it.
    pub(super) rule: RuleId,
    /// Whether it touches the mirror.
    pub(super) mirror: bool,
    /// What else is worth knowing.
    pub(super) note: &'static str,
}

/// The rule of the action that removes data.
pub(super) const DELETE_DATABASE: RuleId = RuleId::ActionDeleteDatabase;

/// Sections that an action changes as lines of the section would.
const TWINS: [(&str, &str); 7] = [
    ("ModifyConfig", "config"),
    ("ModifyStartup", "Startup"),
    ("ModifyJournal", "Journal"),
    ("ModifySQL", "SQL"),
    ("ModifyECP", "ECP"),
    ("ModifyMonitor", "Monitor"),
    ("ModifyMiscellaneous", "Miscellaneous"),
];

const fn verdict(effect: Effect, rule: RuleId, note: &'static str) -> Verdict {
    Verdict { effect, rule, mirror: false, note }
}

/// What becomes of an action that the file no longer has, `before` being the last text of it.
pub(super) fn removed() -> Verdict {
    verdict(Effect::NoEffect, RuleId::CpfRemovedLine, "what it did stays done")
}

/// What is said of a section that IRIS does not read.
pub(super) const IGNORED: &str = "ignored: the section's name has other capitals";

/// What becomes of an action in a section that IRIS does not read.
pub(super) fn ignored() -> Verdict {
    verdict(Effect::NoEffect, RuleId::CpfSectionCase, IGNORED)
}

/// What an action does that is new (`before` is none) or has other arguments.
pub(super) fn changed(before: Option<&Action<'_>>, after: &Action<'_>) -> Verdict {
    let verb = after.verb;
    if let Some((_, section)) = TWINS.iter().find(|(twin, _)| verb.eq_ignore_ascii_case(twin)) {
        return twin(section, before, after);
    }
    if let Oddity::Mistyped(_) | Oddity::Unknown = oddity(verb) {
        return verdict(Effect::Unknown, NOT_STATED, "no action of that name is known");
    }
    match verb.to_ascii_lowercase().as_str() {
        "configmirror" => config_mirror(before, after),
        "createdatabase" if before.is_none() && after.arguments.contains_key("mirrorsetname") => Verdict {
            mirror: true,
            ..verdict(
                Effect::Live,
                RuleId::MirroredDatabaseOrder,
                "the primary has to merge it first: a backup that merges it earlier fails, and tries again only at the next merge",
            )
        },
        "createuser" if before.is_some() => verdict(
            Effect::NoEffect,
            RuleId::ActionCreateSkipped,
            "the user exists; a password is changed by ModifyUser",
        ),
        "deletedatabase" => verdict(Effect::Live, DELETE_DATABASE, "the database is deleted with its data"),
        "deletemirror" => {
            Verdict { mirror: true, ..verdict(Effect::Live, RuleId::ActionDelete, "the member leaves its mirror") }
        }
        "modifyservice" => verdict(Effect::Live, RuleId::ActionModify, "takes effect when the service restarts"),
        "modifyuser" | "modifyrole" => verdict(Effect::Live, RuleId::ActionModify, "reaches new logins only"),
        name if name.starts_with("create") && before.is_some() => {
            verdict(Effect::NoEffect, RuleId::ActionCreateSkipped, "skipped where the object exists")
        }
        name if name.starts_with("create") => {
            verdict(Effect::Live, RuleId::ActionCreate, "skipped where the object exists")
        }
        name if name.starts_with("modify") => {
            verdict(Effect::Live, RuleId::ActionModify, "skipped where there is no such object")
        }
        name if name.starts_with("delete") => {
            verdict(Effect::Live, RuleId::ActionDelete, "skipped where there is no such object")
        }
        _ => verdict(Effect::Unknown, NOT_STATED, ""),
    }
}

/// Of an existing mirror only a first arbiter is taken.
fn config_mirror(before: Option<&Action<'_>>, after: &Action<'_>) -> Verdict {
    let found = match before {
        None => verdict(Effect::Unknown, NOT_STATED, ""),
        Some(before) => {
            let arbiter = |action: &Action<'_>| action.arguments.get("arbiterurl").is_some_and(|url| !url.is_empty());
            if !arbiter(before) && arbiter(after) {
                verdict(
                    Effect::Live,
                    RuleId::ConfigMirror,
                    "adds the mirror's first arbiter; nothing else in the line has an effect",
                )
            } else {
                verdict(
                    Effect::NoEffect,
                    RuleId::ConfigMirror,
                    "the mirror exists: it is changed on the primary, by hand",
                )
            }
        }
    };
    Verdict { mirror: true, ..found }
}

/// An action that stands for lines of a section: the argument that takes longest decides.
fn twin(section: &str, before: Option<&Action<'_>>, after: &Action<'_>) -> Verdict {
    let earlier = |key: &String| before.and_then(|before| before.arguments.get(key));
    let rows = after.arguments.iter().filter(|(key, value)| earlier(key) != Some(*value)).map(|(key, _)| {
        let row = cpf::find(section, key);
        row.map_or(verdict(Effect::Unknown, NOT_STATED, ""), |row| Verdict {
            mirror: row.mirror,
            ..verdict(row.effect, row.rule, row.note)
        })
    });
    rows.max_by_key(|verdict| verdict.effect).unwrap_or(verdict(
        Effect::NoEffect,
        RuleId::CpfRemovedLine,
        "what it did stays done",
    ))
}

/// What actions begin with.
const VERBS: [&str; 11] =
    ["Create", "Modify", "Delete", "Config", "Execute", "Grant", "Revoke", "Import", "Export", "Enable", "Disable"];
/// Names of actions, as far as the manuals have them here.
const KNOWN: [&str; 52] = [
    "ConfigMirror",
    "ConfigProduction",
    "ConfigShardedCluster",
    "CreateApplication",
    "CreateDatabase",
    "CreateECPServer",
    "CreateLDAPConfig",
    "CreateMapGlobal",
    "CreateMapPackage",
    "CreateMapRoutine",
    "CreateNamespace",
    "CreateResource",
    "CreateRole",
    "CreateSSLConfig",
    "CreateServer",
    "CreateUser",
    "CreateWallet",
    "CreateWorkQueue",
    "DeleteApplication",
    "DeleteDatabase",
    "DeleteECPServer",
    "DeleteMapGlobal",
    "DeleteMapPackage",
    "DeleteMapRoutine",
    "DeleteMirror",
    "DeleteNamespace",
    "DeleteResource",
    "DeleteRole",
    "DeleteSSLConfig",
    "DeleteServer",
    "DeleteUser",
    "DeleteWorkQueue",
    "Execute",
    "ModifyApplication",
    "ModifyConfig",
    "ModifyDatabase",
    "ModifyECP",
    "ModifyECPServer",
    "ModifyJournal",
    "ModifyLDAPConfig",
    "ModifyMiscellaneous",
    "ModifyMonitor",
    "ModifyNamespace",
    "ModifyResource",
    "ModifyRole",
    "ModifySQL",
    "ModifySSLConfig",
    "ModifyServer",
    "ModifyService",
    "ModifyStartup",
    "ModifySystem",
    "ModifyUser",
];

/// What is odd about the name of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Oddity {
    /// Nothing: it is known, or one of a release that is not known here.
    None,
    /// It is one letter or two away from this one.
    Mistyped(&'static str),
    /// It does not begin as actions do.
    Unknown,
}

/// What is odd about a name that stands before the colon.
pub(crate) fn oddity(verb: &str) -> Oddity {
    if KNOWN.iter().any(|known| known.eq_ignore_ascii_case(verb)) {
        return Oddity::None;
    }
    // Names differ from each other by as little as three letters, so only less is a slip.
    let slip = |known: &&&'static str| {
        known.len().abs_diff(verb.len()) <= 2
            && strsim::damerau_levenshtein(&known.to_ascii_lowercase(), &verb.to_ascii_lowercase()) <= 2
    };
    if let Some(known) = KNOWN.iter().find(slip) {
        return Oddity::Mistyped(known);
    }
    let begins = |start: &&'static str| verb.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
    if VERBS.iter().any(begins) { Oddity::None } else { Oddity::Unknown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_actions_are_known_or_near_to_one() {
        for (verb, odd) in [
            ("CreateDatabase", Oddity::None),
            ("createdatabase", Oddity::None),
            ("CreateOAuth2Client", Oddity::None),
            ("CreateWebAppPctAccess", Oddity::None),
            ("CreateDatabse", Oddity::Mistyped("CreateDatabase")),
            ("CraeteUser", Oddity::Mistyped("CreateUser")),
            ("ModfyService", Oddity::Mistyped("ModifyService")),
            ("MakeDatabase", Oddity::Unknown),
            ("globals", Oddity::Unknown),
        ] {
            assert_eq!(oddity(verb), odd, "{verb}");
        }
    }
}
