//! Parameters of the CPF: when a merged value takes effect.

use super::Effect::{self, FirstStart, Live, NewProcesses, NextRestart, NoEffect, Unknown};
use iriskit_state::plan::RuleId;

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// `config`; `Map.*` stands for every section that begins with `Map.`.
    pub section: &'static str,
    /// `globals`; `*` stands for every other key of the section.
    pub key: &'static str,
    /// When it takes effect.
    pub effect: Effect,
    /// The rule that says so (docs/rules.md).
    pub rule: RuleId,
    /// Whether mirror members have to agree on it or mirroring changes with it.
    pub mirror: bool,
    /// What else is worth knowing; may be empty.
    pub note: &'static str,
    /// The manual that says so; `inferred` and `recollection` where none does.
    pub source: &'static str,
}

const CPF: &str = "Configuration Parameter File Reference";
const RESOURCES: &str = "System Resource Planning and Management";
const AVAILABILITY: &str = "High Availability Guide";
const INTEGRITY: &str = "Data Integrity Guide";
const ADMINISTRATION: &str = "System Administration Guide";
const SILENT: &str = "none found";

const NEXT: RuleId = RuleId::CpfNextRestart;
const NEW: RuleId = RuleId::CpfNewProcesses;
const LIVE: RuleId = RuleId::CpfLiveMerge;
const JOURNAL: RuleId = RuleId::CpfJournalFile;
const AGREE: RuleId = RuleId::CpfMirrorAgrees;
const ONCE: RuleId = RuleId::CpfFirstStart;
const NOTHING: RuleId = RuleId::CpfNoEffect;
pub(super) const NOT_STATED: RuleId = RuleId::CpfUnknown;

const fn row(
    section: &'static str,
    key: &'static str,
    effect: Effect,
    rule: RuleId,
    note: &'static str,
    source: &'static str,
) -> Parameter {
    Parameter { section, key, effect, rule, mirror: false, note, source }
}

const fn mirror(parameter: Parameter) -> Parameter {
    Parameter { mirror: true, ..parameter }
}

const JOURNAL_NOTE: &str = "starts a new journal file";
const DIRECTORY: &str = "starts a new journal file; the directory has to exist, old files stay where they are";
const MEMBERS: &str = "no automatic fail-over until all failover and DR members run with the same value";
const BY_IRIS: &str = "IRIS keeps this itself; it should not stand in a merge file";

/// The table. Keys that are not in it are unknown.
pub const PARAMETERS: &[Parameter] = &[
    row("config", "globals", NextRestart, NEXT, "database cache", RESOURCES),
    row("config", "routines", NextRestart, NEXT, "routine cache", RESOURCES),
    row("config", "gmheap", NextRestart, NEXT, "", CPF),
    row("config", "locksiz", Live, LIVE, "", CPF),
    row("config", "jrnbufs", NextRestart, NEXT, "", CPF),
    row("config", "bbsiz", NewProcesses, NEW, "", CPF),
    row("config", "zfheap", NewProcesses, NEW, "", CPF),
    row("config", "memlock", NextRestart, NEXT, "64: IRIS does not start without huge pages", CPF),
    mirror(row("config", "MaxServerConn", NextRestart, AGREE, MEMBERS, CPF)),
    mirror(row("config", "MaxServers", NextRestart, AGREE, MEMBERS, CPF)),
    row("config", "wijdir", Live, LIVE, "the directory has to exist", INTEGRITY),
    row("config", "targwijsz", Unknown, NOT_STATED, "read early in startup", CPF),
    row("config", "LibPath", NextRestart, NEXT, "", CPF),
    row("config", "Path", NextRestart, NEXT, "", CPF),
    row("config", "PythonPath", NewProcesses, NEW, "", CPF),
    row("config", "PythonRuntimeLibrary", NewProcesses, NEW, "", CPF),
    row("config", "PythonRuntimeLibraryVersion", NewProcesses, NEW, "", CPF),
    row("config", "ijcnum", NextRestart, NEXT, "", CPF),
    row("config", "ijcbuff", NextRestart, NEXT, "", CPF),
    row("config", "nlstab", NoEffect, NOTHING, "no longer used", CPF),
    row("config", "history", Live, LIVE, "", CPF),
    row("config", "LicenseID", NextRestart, NEXT, "used only where there is no iris.key", CPF),
    mirror(row("Journal", "FreezeOnError", Live, LIVE, "always on while a member is primary", AVAILABILITY)),
    row("Journal", "CurrentDirectory", Live, JOURNAL, DIRECTORY, INTEGRITY),
    row("Journal", "AlternateDirectory", Live, JOURNAL, DIRECTORY, INTEGRITY),
    row("Journal", "FileSizeLimit", Live, JOURNAL, JOURNAL_NOTE, INTEGRITY),
    row("Journal", "DaysBeforePurge", Live, JOURNAL, JOURNAL_NOTE, INTEGRITY),
    row("Journal", "BackupsBeforePurge", Live, JOURNAL, JOURNAL_NOTE, INTEGRITY),
    row("Journal", "CompressFiles", Live, JOURNAL, JOURNAL_NOTE, INTEGRITY),
    row("Journal", "JournalFilePrefix", Live, JOURNAL, JOURNAL_NOTE, INTEGRITY),
    row("Journal", "JournalcspSession", Unknown, NOT_STATED, "1: web sessions outlive a restart", CPF),
    mirror(row(
        "Startup",
        "DefaultPort",
        NextRestart,
        NEXT,
        "superserver; a mirror member's port is changed in the mirror's own pages",
        AVAILABILITY,
    )),
    row("Startup", "PasswordHash", FirstStart, ONCE, "a password that was set stays", CPF),
    row("Startup", "WebServer", NextRestart, NEXT, "images since 2023.2 have none, but for Community", CPF),
    row("Startup", "WebServerPort", NoEffect, NOTHING, "read by Studio only", CPF),
    row("Startup", "WebServerName", NoEffect, NOTHING, "read by Studio only", CPF),
    row("Startup", "WebServerProtocol", NoEffect, NOTHING, "read by Studio only", CPF),
    row("Startup", "WebServerURLPrefix", NoEffect, NOTHING, "read by Studio only", CPF),
    row("Startup", "SystemMode", NoEffect, NOTHING, "a text in the header of the Management Portal", CPF),
    row("Startup", "EnsembleAutoStart", NextRestart, NEXT, "", CPF),
    mirror(row(
        "Startup",
        "DBSizesAllowed",
        NextRestart,
        NEXT,
        "needs its slot in globals; all mirror members need the same sizes",
        "High Availability Guide; the restart is inferred",
    )),
    row("Startup", "EnableSharding", NextRestart, NEXT, "can only be switched on", CPF),
    row(
        "Startup",
        "ShutdownTimeout",
        Unknown,
        NOT_STATED,
        "the pod's `terminationGracePeriodSeconds` must exceed it",
        CPF,
    ),
    row("Startup", "ErrorPurge", NextRestart, NEXT, "", CPF),
    row("Startup", "MaxIRISTempSizeAtStart", NextRestart, NEXT, "", CPF),
    row("Startup", "ZSTU", NextRestart, NEXT, "", CPF),
    row("Startup", "SystemStart", NextRestart, NEXT, "", CPF),
    mirror(row(
        "MirrorMember",
        "*",
        NextRestart,
        NEXT,
        BY_IRIS,
        "inferred from the Configuration Parameter File Reference",
    )),
    mirror(row("Mirrors", "*", Unknown, NOT_STATED, BY_IRIS, CPF)),
    mirror(row("MapMirrors.*", "*", Unknown, NOT_STATED, BY_IRIS, CPF)),
    row("ECPServers", "*", Unknown, NOT_STATED, "", SILENT),
    row("ECP", "*", Unknown, NOT_STATED, "", SILENT),
    row(
        "Databases",
        "*",
        Live,
        LIVE,
        "no database file is made by it",
        "System Administration Guide; the file: inferred",
    ),
    row("Namespaces", "*", Live, LIVE, "", ADMINISTRATION),
    row("Map.*", "*", Live, LIVE, "", ADMINISTRATION),
    row("LicenseServers", "*", NextRestart, NEXT, "", ADMINISTRATION),
    row("SQL", "LockThreshold", NewProcesses, NEW, "", CPF),
    row("Telnet", "*", NoEffect, NOTHING, "Windows only", CPF),
];

/// How IRIS spells a section that is written in other capitals: it ignores such a one. `None` when it is right or unknown.
pub(crate) fn spelled_otherwise(section: &str) -> Option<String> {
    let known = PARAMETERS.iter().map(|row| row.section).chain(["Actions"]);
    let mut spellings = known.filter_map(|known| match known.strip_suffix('*') {
        Some(start) => {
            let head = section.get(..start.len()).filter(|head| head.eq_ignore_ascii_case(start))?;
            Some(format!("{start}{}", section.get(head.len()..)?))
        }
        None => known.eq_ignore_ascii_case(section).then(|| known.to_owned()),
    });
    spellings.next().filter(|spelling| spelling != section)
}

/// The row of a parameter, whatever the case of its names.
pub(super) fn find(section: &str, key: &str) -> Option<&'static Parameter> {
    let in_section = |row: &&Parameter| match row.section.strip_suffix('*') {
        Some(start) => section.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)),
        None => row.section.eq_ignore_ascii_case(section),
    };
    let mut rows = PARAMETERS.iter().filter(in_section);
    rows.find(|row| row.key == "*" || row.key.eq_ignore_ascii_case(key))
}
