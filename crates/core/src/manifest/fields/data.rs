//! `spec.topology.data`.

use super::iris_node::IRIS_NODE;
use crate::{
    manifest::{
        description::ValueType,
        form::{FLAG, List, Simple, TEXT, WholeNumber},
        reader::{Field, Reader},
        shape::{Mapping, Shape, Shared, field},
    },
    topology::{Data, IrisDatabase, IrisNamespace, MirrorMember},
};
use iriskit_state::plan::DiagnosticId;

pub(super) static DATA: Shape<Data> = Shape {
    place: "spec.topology.data",
    entries: &[
        &Shared { shape: &IRIS_NODE, part: |data: &mut Data| &mut data.iris },
        &field(
            "irisDatabases",
            List(Mapping(&DATABASE)),
            |data: &mut Data, databases| data.iris_databases = databases,
            "Databases to create.",
        )
        .often_misplaced(),
        &field(
            "irisNamespaces",
            List(Mapping(&NAMESPACE)),
            |data: &mut Data, namespaces| data.iris_namespaces = namespaces,
            "IRIS namespaces to create.",
        )
        .often_misplaced(),
        &field(
            "mirrorMap",
            MIRROR_MAP,
            |data: &mut Data, members| data.mirror_map = Some(members),
            "The members of each mirror.",
        )
        .default("primary,backup")
        .often_misplaced(),
        &field("mirrored", FLAG, |data: &mut Data, mirrored| data.mirrored = mirrored, "Whether data is mirrored.")
            .default("false")
            .often_misplaced(),
        &field(
            "shards",
            WholeNumber(1, 512),
            |data: &mut Data, shards| data.shards = Some(shards),
            "The number of shards; without it, data is not sharded.",
        )
        .often_misplaced(),
    ],
};

static DATABASE: Shape<IrisDatabase> = Shape {
    place: "spec.topology.data.irisDatabases",
    entries: &[
        &field(
            "directory",
            TEXT,
            |database: &mut IrisDatabase, directory| database.directory = Some(directory),
            "Its directory.",
        ),
        &field(
            "mirrored",
            FLAG,
            |database: &mut IrisDatabase, mirrored| database.mirrored = mirrored,
            "Whether it is mirrored.",
        )
        .default("false"),
        &field("name", TEXT, |database: &mut IrisDatabase, name| database.name = name, "Its name.").required(),
    ],
};

static NAMESPACE: Shape<IrisNamespace> = Shape {
    place: "spec.topology.data.irisNamespaces",
    entries: &[
        &field(
            "globals",
            TEXT,
            |namespace: &mut IrisNamespace, database| namespace.globals = Some(database),
            "The database of its globals.",
        ),
        &field(
            "interop",
            FLAG,
            |namespace: &mut IrisNamespace, interop| namespace.interop = interop,
            "Whether it is enabled for interoperability.",
        )
        .default("false"),
        &field("name", TEXT, |namespace: &mut IrisNamespace, name| namespace.name = name, "Its name.").required(),
        &field(
            "routines",
            TEXT,
            |namespace: &mut IrisNamespace, database| namespace.routines = Some(database),
            "The database of its routines.",
        ),
    ],
};

const MIRROR_MAP: Simple<Vec<MirrorMember>> =
    Simple { value_type: || ValueType::Text(MIRROR_MAP_FORM), read: mirror_map };

/// As the argument `Map` of `ConfigMirror` is described in the manual on configuration merge.
const MIRROR_MAP_FORM: &str =
    "`primary`, then `backup`, then up to 14 of `drasync`, `rorasync` and `rwrasync`, with commas";
/// Members beside the two that take over from one another.
const MOST_ASYNCS: usize = 14;

fn mirror_map(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Vec<MirrorMember>> {
    let text = reader.text(field)?;
    let members: Option<Vec<MirrorMember>> = text.split(',').map(|word| MirrorMember::of(word.trim())).collect();
    let ordered = members.filter(|members| {
        let asyncs = members.strip_prefix(&[MirrorMember::Primary, MirrorMember::Backup]);
        let asyncs = asyncs.or_else(|| members.strip_prefix(&[MirrorMember::Primary]));
        asyncs.is_some_and(|asyncs| {
            asyncs.len() <= MOST_ASYNCS
                && !asyncs.iter().any(|member| matches!(member, MirrorMember::Primary | MirrorMember::Backup))
        })
    });
    if ordered.is_none() {
        let message = format!("`{text}` is not a value of `{}`", field.path);
        reader.error(DiagnosticId::BadValue, field, message, MIRROR_MAP_FORM);
    }
    ordered
}
