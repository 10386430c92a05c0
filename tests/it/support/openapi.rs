//! From the server's OpenAPI v3 documents to the table of kinds and types.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Map, Value, json};

/// The groups whose kinds the table holds.
pub(crate) const GROUPS: [&str; 16] = [
    "api/v1",
    "apis/admissionregistration.k8s.io/v1",
    "apis/apiextensions.k8s.io/v1",
    "apis/apps/v1",
    "apis/authorization.k8s.io/v1",
    "apis/autoscaling/v2",
    "apis/batch/v1",
    "apis/coordination.k8s.io/v1",
    "apis/discovery.k8s.io/v1",
    "apis/events.k8s.io/v1",
    "apis/networking.k8s.io/v1",
    "apis/node.k8s.io/v1",
    "apis/policy/v1",
    "apis/rbac.authorization.k8s.io/v1",
    "apis/scheduling.k8s.io/v1",
    "apis/storage.k8s.io/v1",
];

/// Definitions whose schema doesn't say how their values are written.
const SPECIAL: [(&str, &str); 4] = [
    ("io.k8s.apimachinery.pkg.api.resource.Quantity", "quantity"),
    ("io.k8s.apimachinery.pkg.util.intstr.IntOrString", "int-or-string"),
    ("io.k8s.apimachinery.pkg.apis.meta.v1.Time", "time"),
    ("io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", "micro-time"),
];

/// The text of the table: one kind, name or type a line.
pub(crate) fn table(version: &str, documents: &[Value]) -> String {
    let mut types = Types::new(documents);
    let kinds: BTreeMap<String, Value> = documents
        .iter()
        .flat_map(resources)
        .map(|(kind, resource)| {
            let ty = types.definition(&types.name_of(&kind));
            (kind.to_string(), json!({"plural": resource.plural, "namespaced": resource.namespaced, "type": ty}))
        })
        .collect();
    let names = types.names.iter().map(|(name, &ty)| (name.clone(), json!(ty))).collect();

    let mut text = format!("{{\n\"kubernetes\":{},\n", json!(version));
    object(&mut text, "kinds", &kinds);
    object(&mut text, "names", &names);
    let lines: Vec<String> = types.all.iter().map(Value::to_string).collect();
    _ = writeln!(text, "\"types\":[\n{}\n]\n}}", lines.join(",\n"));
    text
}

fn object(text: &mut String, key: &str, entries: &BTreeMap<String, Value>) {
    let lines: Vec<String> = entries.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
    _ = writeln!(text, "{}:{{\n{}\n}},", json!(key), lines.join(",\n"));
}

/// Group, version and kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind(String, String, String);

impl Kind {
    fn read(gvk: &Value) -> Self {
        let part = |name: &str| gvk[name].as_str().unwrap_or_default().to_owned();
        Self(part("group"), part("version"), part("kind"))
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(group, version, kind) = self;
        if group.is_empty() { write!(f, "{version}/{kind}") } else { write!(f, "{group}/{version}/{kind}") }
    }
}

struct Resource {
    plural: String,
    namespaced: bool,
}

/// The kinds that a document serves at a path of their own: collections that can be posted to, and named objects.
fn resources(document: &Value) -> BTreeMap<Kind, Resource> {
    let mut found = BTreeMap::<Kind, Resource>::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let group_version = if path.starts_with("/api/") { 3 } else { 4 };
        let segments: Vec<&str> = path.split('/').skip(group_version).collect();
        let (namespaced, plural, method) = match segments[..] {
            ["namespaces", "{namespace}", plural, "{name}"] => (true, plural, "get"),
            ["namespaces", "{namespace}", plural] => (true, plural, "post"),
            [plural, "{name}"] => (false, plural, "get"),
            [plural] => (false, plural, "post"),
            _ => continue,
        };
        let gvk = &item[method]["x-kubernetes-group-version-kind"];
        if gvk.is_object() {
            found.insert(Kind::read(gvk), Resource { plural: plural.to_owned(), namespaced });
        }
    }
    found
}

/// Types in the making. Equal types share one index.
struct Types {
    definitions: BTreeMap<String, Value>,
    all: Vec<Value>,
    /// Index by the type's JSON.
    index: BTreeMap<String, usize>,
    /// Index by definition, once it is finished.
    names: BTreeMap<String, usize>,
    /// Definitions begun, with an index if one of their own fields needed it (`JSONSchemaProps` holds itself).
    open: BTreeMap<String, Option<usize>>,
}

impl Types {
    fn new(documents: &[Value]) -> Self {
        let all = documents.iter().flat_map(|document| document["components"]["schemas"].as_object().unwrap());
        Self {
            definitions: all.map(|(name, schema)| (name.clone(), schema.clone())).collect(),
            all: Vec::new(),
            index: BTreeMap::new(),
            names: BTreeMap::new(),
            open: BTreeMap::new(),
        }
    }

    /// The definition of a kind.
    fn name_of(&self, kind: &Kind) -> String {
        let is = |schema: &Value| {
            let kinds = schema["x-kubernetes-group-version-kind"].as_array();
            kinds.is_some_and(|kinds| kinds.iter().any(|gvk| Kind::read(gvk) == *kind))
        };
        let mut names = self.definitions.iter().filter(|(_, schema)| is(schema)).map(|(name, _)| name);
        names.next().unwrap_or_else(|| panic!("{kind} has no definition")).clone()
    }

    fn definition(&mut self, name: &str) -> usize {
        if let Some(&done) = self.names.get(name) {
            return done;
        }
        if let Some(open) = self.open.get_mut(name) {
            return *open.get_or_insert_with(|| {
                self.all.push(Value::Null);
                self.all.len() - 1
            });
        }
        self.open.insert(name.to_owned(), None);
        let ty = match SPECIAL.iter().find(|(special, _)| *special == name) {
            Some((_, kind)) => json!({"k": kind}),
            None => self.node(&self.definitions[name].clone()),
        };
        let done = match self.open.remove(name).flatten() {
            Some(reserved) => {
                self.all[reserved] = ty;
                reserved
            }
            None => self.intern(ty),
        };
        self.names.insert(name.to_owned(), done);
        done
    }

    fn intern(&mut self, ty: Value) -> usize {
        let text = ty.to_string();
        if let Some(&known) = self.index.get(&text) {
            return known;
        }
        self.all.push(ty);
        self.index.insert(text, self.all.len() - 1);
        self.all.len() - 1
    }

    /// The type of a property, of list items or of map values.
    fn schema(&mut self, schema: &Value) -> usize {
        let reference = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str());
        let Some(reference) = reference else {
            let ty = self.node(schema);
            return self.intern(ty);
        };
        let name = reference.trim_start_matches("#/components/schemas/");
        let referenced = self.definition(name);
        // What stands next to a reference changes the type here only.
        if schema["x-kubernetes-map-type"] == "atomic" && self.all[referenced]["k"] == "struct" {
            let mut ty = self.all[referenced].clone();
            ty["atomic"] = json!(true);
            return self.intern(ty);
        }
        assert!(schema.get("x-kubernetes-list-type").is_none(), "a list type next to a reference: {schema}");
        referenced
    }

    /// A type from a schema that is no reference.
    fn node(&mut self, schema: &Value) -> Value {
        let mut ty = match schema["type"].as_str() {
            Some("object") if schema.get("properties").is_some() => self.structure(schema),
            Some("object") if schema.get("additionalProperties").is_some() => {
                json!({"k": "map", "v": self.schema(&schema["additionalProperties"])})
            }
            Some("array") => return self.list(schema),
            Some("string") if schema["format"] == "byte" => json!({"k": "bytes"}),
            Some(scalar @ ("string" | "integer" | "number" | "boolean")) => json!({"k": scalar}),
            _ => return json!({"k": "any"}),
        };
        if schema["x-kubernetes-map-type"] == "atomic" {
            ty["atomic"] = json!(true);
        }
        ty
    }

    fn structure(&mut self, schema: &Value) -> Value {
        let mut fields = Map::new();
        let mut defaults = Map::new();
        for (name, property) in schema["properties"].as_object().unwrap() {
            fields.insert(name.clone(), json!(self.schema(property)));
            if let Some(default) = property.get("default").filter(|default| says_something(default)) {
                defaults.insert(name.clone(), default.clone());
            }
        }
        let mut ty = json!({"k": "struct", "f": fields});
        if let Some(required) = schema.get("required") {
            ty["r"] = required.clone();
        }
        if !defaults.is_empty() {
            ty["d"] = Value::Object(defaults);
        }
        ty
    }

    fn list(&mut self, schema: &Value) -> Value {
        let items = self.schema(&schema["items"]);
        let merge = schema["x-kubernetes-list-type"].as_str().unwrap_or("atomic");
        let mut ty = json!({"k": "list", "v": items, "t": merge});
        if merge == "map" {
            let keys = &schema["x-kubernetes-list-map-keys"];
            ty["keys"] = keys.clone();
            let defaults = &self.all[items]["d"];
            let of_keys = keys.as_array().unwrap().iter().filter_map(Value::as_str);
            let of_keys = of_keys.filter_map(|key| Some((key.to_owned(), defaults.get(key)?.clone())));
            let of_keys: Map<String, Value> = of_keys.collect();
            if !of_keys.is_empty() {
                ty["d"] = Value::Object(of_keys);
            }
        }
        ty
    }
}

/// Defaults that only stand for Go's zero values say nothing.
fn says_something(default: &Value) -> bool {
    ![json!({}), json!([]), json!(""), json!(0), json!(false), Value::Null].contains(default)
}
