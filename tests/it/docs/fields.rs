//! docs/fields.md is what the code declares of the fields of an `IrisCluster`.

use std::{collections::BTreeMap, fs};

use iriskit_core::manifest::{FieldDescription, ValueType, iris_cluster_fields};

use super::source;

#[test]
fn the_page_of_fields_is_the_declarations_of_the_code() {
    let path = source::root().join("docs/fields.md");
    let page = page();
    if std::env::var_os("IRISKIT_BLESS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert!(source::page("docs/fields.md") == page, "docs/fields.md is out of date: IRISKIT_BLESS=1");
}

/// The mappings by their place, each with the paths at which it stands.
type Mappings<'a> = BTreeMap<(&'a str, Vec<&'a str>), (Vec<String>, &'a [FieldDescription])>;

fn page() -> String {
    let mut page = "\
# The fields of an IrisCluster

What a manifest may say, mapping by mapping. Any other field is an error. A field that this version can't expand is
refused by name, `not-expanded-yet`. Generated from the code by a test.
"
    .to_owned();
    let fields = iris_cluster_fields();
    let mut mappings = Mappings::new();
    collect(&fields, "", &mut mappings);
    page += &table("The document", &fields);
    let mut sections: Vec<_> = mappings.into_values().collect();
    sections.sort_by_key(|(paths, _)| (paths.iter().map(|path| path.matches('.').count()).min(), paths.clone()));
    for (paths, fields) in sections {
        let paths: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
        page += &table(&paths.join(", "), fields);
    }
    page
}

fn collect<'a>(fields: &'a [FieldDescription], at: &str, found: &mut Mappings<'a>) {
    for field in fields {
        let items = if matches!(field.value_type, ValueType::List(_)) { "[]" } else { "" };
        let path = format!("{at}{}{items}", field.name);
        let Some((place, inside)) = field.value_type.mapping() else { continue };
        if !is_small(inside) {
            let names = inside.iter().map(|field| field.name).collect();
            found.entry((place, names)).or_insert_with(|| (Vec::new(), inside)).0.push(path.clone());
        }
        collect(inside, &format!("{path}."), found);
    }
}

/// Whether a mapping is shown where it stands.
fn is_small(fields: &[FieldDescription]) -> bool {
    fields.len() == 1
}

fn table(title: &str, fields: &[FieldDescription]) -> String {
    let mut table = format!("\n## {title}\n\n| field | value | left out | what it is |\n| --- | --- | --- | --- |\n");
    for field in fields {
        let left_out = match (field.required, field.default) {
            (true, _) => "an error".to_owned(),
            (false, Some(default)) => format!("`{default}`"),
            (false, None) => String::new(),
        };
        let not_yet = field.not_yet.map(|what| format!(" Not expanded yet: {what}.")).unwrap_or_default();
        let cells = [
            format!("`{}`", field.name),
            value(&field.value_type),
            left_out,
            format!("{}{not_yet}", field.description),
        ];
        table += &["| ", &cells.join(" | "), " |\n"].concat();
    }
    table
}

fn value(value_type: &ValueType) -> String {
    match value_type {
        ValueType::Text(what) => (*what).to_owned(),
        ValueType::Boolean => "`true` or `false`".to_owned(),
        ValueType::WholeNumber(from, to) => format!("a whole number from {from} to {to}"),
        ValueType::OneOf(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        ValueType::TextMap => "a mapping of strings".to_owned(),
        ValueType::List(item) => format!("a list: {}", value(item)),
        ValueType::Mapping { fields, .. } => match fields.as_slice() {
            [only] => format!("a mapping of `{}`: {}", only.name, value(&only.value_type)),
            _ => "a mapping".to_owned(),
        },
        ValueType::Kubernetes(name, field) => {
            let name = name.rsplit('.').next().unwrap();
            format!("as Kubernetes' `{name}{}`", field.map(|field| format!(".{field}")).unwrap_or_default())
        }
        ValueType::Anything => "anything".to_owned(),
    }
}
