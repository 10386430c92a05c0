//! `spec.topology`: the nodes.

use crate::diagnostic::DiagnosticId;
use serde_json::Value;

use super::{
    embedded::{CLAIM_SPEC, CONTAINER, Type, without_nulls},
    reader::{Field, Fields, Reader},
};
use crate::topology::{
    AlternativeServers, Arbiter, Compute, Data, Gateway, GatewayType, IrisDatabase, IrisNamespace, MirrorMember,
    ReleaseVersion, StandAlone, Storage, Topology,
};

impl Reader<'_> {
    /// `spec.topology`.
    pub(super) fn topology(&mut self, field: &Field<'_>) -> Option<Topology> {
        let fields = self.fields(field, &["arbiter", "compute", "data", "iam", "sam", "webgateway"])?;
        for name in ["arbiter", "compute", "iam", "sam", "webgateway"] {
            self.not_empty(&fields, name);
        }
        let data = self.required(&fields, "data").and_then(|data| self.data(&data)).unwrap_or_default();
        Some(Topology {
            data,
            compute: fields.get("compute").and_then(|field| self.compute(&field)),
            arbiter: fields.get("arbiter").and_then(|field| self.arbiter(&field)),
            webgateway: fields.get("webgateway").and_then(|field| self.stand_alone(&field)),
            sam: fields.get("sam").and_then(|field| self.only_image(&field)),
            iam: fields.get("iam").and_then(|field| self.only_image(&field)),
        })
    }

    fn data(&mut self, field: &Field<'_>) -> Option<Data> {
        let fields = self.fields(
            field,
            &[
                "compatibilityVersion",
                "image",
                "irisDatabases",
                "irisNamespaces",
                "mirrorMap",
                "mirrored",
                "podTemplate",
                "preferredZones",
                "shards",
                "storage",
                "storageDB",
                "storageJournal1",
                "storageJournal2",
                "storageWIJ",
                "updateStrategy",
                "volumeMounts",
                "webgateway",
            ],
        )?;
        Some(Data {
            image: self.image(&fields),
            compatibility_version: self.compatibility(&fields),
            shards: fields.get("shards").and_then(|field| self.count(&field, 1..=512)),
            mirrored: fields.get("mirrored").and_then(|field| self.flag(&field)).unwrap_or_default(),
            mirror_map: fields.get("mirrorMap").and_then(|field| self.mirror_map(&field)),
            preferred_zones: self.zones(&fields),
            pod_template: self.pod_template(&fields),
            update_strategy: self.update_strategy(&fields),
            storage: self.storage(&fields),
            volume_mounts: self.volume_mounts(&fields),
            webgateway: fields.get("webgateway").and_then(|field| self.side_car(&field)),
            iris_databases: self.databases(&fields),
            iris_namespaces: self.namespaces(&fields),
        })
    }

    fn compute(&mut self, field: &Field<'_>) -> Option<Compute> {
        let fields = self.fields(
            field,
            &[
                "compatibilityVersion",
                "ephemeral",
                "image",
                "podTemplate",
                "preferredZones",
                "replicas",
                "storage",
                "storageDB",
                "storageJournal1",
                "storageJournal2",
                "storageWIJ",
                "updateStrategy",
                "volumeMounts",
                "webgateway",
            ],
        )?;
        Some(Compute {
            image: self.image(&fields),
            replicas: self.replicas(&fields),
            compatibility_version: self.compatibility(&fields),
            ephemeral: fields.get("ephemeral").and_then(|field| self.flag(&field)).unwrap_or_default(),
            preferred_zones: self.zones(&fields),
            pod_template: self.pod_template(&fields),
            update_strategy: self.update_strategy(&fields),
            storage: self.storage(&fields),
            volume_mounts: self.volume_mounts(&fields),
            webgateway: fields.get("webgateway").and_then(|field| self.side_car(&field)),
        })
    }

    fn arbiter(&mut self, field: &Field<'_>) -> Option<Arbiter> {
        let fields = self.fields(field, &["image", "podTemplate", "preferredZones", "updateStrategy"])?;
        Some(Arbiter {
            image: self.image(&fields),
            preferred_zones: self.zones(&fields),
            pod_template: self.pod_template(&fields),
            update_strategy: self.update_strategy(&fields),
        })
    }

    fn stand_alone(&mut self, field: &Field<'_>) -> Option<StandAlone> {
        let fields = self.fields(
            field,
            &[
                "alternativeServers",
                "applicationPaths",
                "image",
                "loginSecret",
                "podTemplate",
                "preferredZones",
                "replicas",
                "type",
                "updateStrategy",
            ],
        )?;
        Some(StandAlone {
            gateway: self.gateway(&fields),
            replicas: self.replicas(&fields),
            preferred_zones: self.zones(&fields),
            pod_template: self.pod_template(&fields),
            update_strategy: self.update_strategy(&fields),
        })
    }

    fn side_car(&mut self, field: &Field<'_>) -> Option<Gateway> {
        let known = ["alternativeServers", "applicationPaths", "image", "loginSecret", "replicas", "type"];
        let fields = self.fields(field, &known)?;
        if let Some(replicas) = fields.get("replicas") {
            self.side_car_replicas(&replicas);
        }
        Some(self.gateway(&fields))
    }

    fn gateway(&mut self, fields: &Fields<'_>) -> Gateway {
        let types = [
            ("apache", GatewayType::Apache),
            ("nginx", GatewayType::Nginx),
            ("apache-lockeddown", GatewayType::ApacheLockedDown),
        ];
        let servers = [
            ("LoadBalancing", AlternativeServers::LoadBalancing),
            ("FailOver", AlternativeServers::FailOver),
            ("Disabled", AlternativeServers::Disabled),
        ];
        Gateway {
            image: self.image(fields),
            server: fields.get("type").and_then(|field| self.choice(&field, &types)).unwrap_or_default(),
            application_paths: fields
                .get("applicationPaths")
                .map(|field| self.texts(&field, Self::application_path))
                .unwrap_or_default(),
            alternative_servers: fields.get("alternativeServers").and_then(|field| self.choice(&field, &servers)),
            login_secret: fields.get("loginSecret").and_then(|field| self.reference(&field)),
        }
    }

    fn only_image(&mut self, field: &Field<'_>) -> Option<String> {
        let fields = self.fields(field, &["image"])?;
        Some(self.image(&fields))
    }

    fn application_path(&mut self, field: &Field<'_>, path: &str) {
        let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '[' | ']' | '#' | '?');
        if !path.starts_with('/') {
            self.error(
                DiagnosticId::BadValue,
                field,
                format!("`{path}` is no application path"),
                &format!("write /{path}"),
            );
        } else if path.contains(odd) {
            self.error(
                DiagnosticId::BadValue,
                field,
                format!("`{path}` is no application path"),
                "letters, digits and / . - _ % only",
            );
        } else if path.len() > 1 && path.ends_with('/') {
            let short = path.trim_end_matches('/');
            self.error(
                DiagnosticId::BadValue,
                field,
                format!("`{path}` is no application path"),
                &format!("write {short}"),
            );
        }
    }

    fn replicas(&mut self, fields: &Fields<'_>) -> u32 {
        fields.get("replicas").and_then(|field| self.count(&field, 0..=1000)).unwrap_or(1)
    }

    fn zones(&mut self, fields: &Fields<'_>) -> Vec<String> {
        let Some(field) = fields.get("preferredZones") else { return Vec::new() };
        self.texts(&field, |_, _, _| {})
    }

    fn volume_mounts(&mut self, fields: &Fields<'_>) -> Vec<Value> {
        let Some(field) = fields.get("volumeMounts") else { return Vec::new() };
        self.check_type(&field, Type::FieldOf(CONTAINER, "volumeMounts"));
        field.node.items().unwrap_or_default().iter().map(|mount| without_nulls(mount.to_value())).collect()
    }

    fn storage(&mut self, fields: &Fields<'_>) -> Storage {
        let mut claim = |name| {
            let field = fields.get(name)?;
            self.check_type(&field, CLAIM_SPEC);
            Some(without_nulls(field.node.to_value()))
        };
        Storage {
            db: claim("storageDB"),
            wij: claim("storageWIJ"),
            journal1: claim("storageJournal1"),
            journal2: claim("storageJournal2"),
            single: claim("storage"),
        }
    }

    fn compatibility(&mut self, fields: &Fields<'_>) -> Option<ReleaseVersion> {
        let field = fields.get("compatibilityVersion")?;
        let text = self.text(&field)?;
        let version = ReleaseVersion::parse(&text);
        if version.is_none() {
            let message = format!("`{text}` is not a release of InterSystems IRIS");
            self.error(DiagnosticId::BadValue, &field, message, "write a release as \"2023.3\" or \"2024.1.0\"");
        }
        version
    }

    fn mirror_map(&mut self, field: &Field<'_>) -> Option<Vec<MirrorMember>> {
        let text = self.text(field)?;
        let words: Vec<&str> = text.split(',').map(str::trim).collect();
        let members: Option<Vec<_>> = words
            .iter()
            .map(|word| match *word {
                "primary" => Some(MirrorMember::Primary),
                "backup" => Some(MirrorMember::Backup),
                "drasync" => Some(MirrorMember::DrAsync),
                _ => None,
            })
            .collect();
        let ordered = members.filter(|members| {
            members.first() == Some(&MirrorMember::Primary)
                && members.iter().skip(1).all(|member| *member != MirrorMember::Primary)
                && members.iter().filter(|member| **member == MirrorMember::Backup).count() <= 1
                && members.iter().filter(|member| **member == MirrorMember::DrAsync).count() <= 14
        });
        if ordered.is_none() {
            let message = format!("`{text}` is no value of `{}`", field.path);
            self.error(
                DiagnosticId::BadValue,
                field,
                message,
                "`primary`, then `backup`, then up to 14 `drasync`, with commas",
            );
        }
        ordered
    }

    fn databases(&mut self, fields: &Fields<'_>) -> Vec<IrisDatabase> {
        let Some(field) = fields.get("irisDatabases") else { return Vec::new() };
        let mut found = Vec::new();
        for item in self.list(&field) {
            let Some(fields) = self.fields(&item, &["directory", "mirrored", "name"]) else { continue };
            found.push(IrisDatabase {
                name: self.required(&fields, "name").and_then(|name| self.text(&name)).unwrap_or_default(),
                directory: fields.get("directory").and_then(|field| self.text(&field)),
                mirrored: fields.get("mirrored").and_then(|field| self.flag(&field)).unwrap_or_default(),
            });
        }
        found
    }

    fn namespaces(&mut self, fields: &Fields<'_>) -> Vec<IrisNamespace> {
        let Some(field) = fields.get("irisNamespaces") else { return Vec::new() };
        let mut found = Vec::new();
        for item in self.list(&field) {
            let Some(fields) = self.fields(&item, &["globals", "interop", "name", "routines"]) else { continue };
            found.push(IrisNamespace {
                name: self.required(&fields, "name").and_then(|name| self.text(&name)).unwrap_or_default(),
                routines: fields.get("routines").and_then(|field| self.text(&field)),
                globals: fields.get("globals").and_then(|field| self.text(&field)),
                interop: fields.get("interop").and_then(|field| self.flag(&field)).unwrap_or_default(),
            });
        }
        found
    }

    fn side_car_replicas(&mut self, field: &Field<'_>) {
        if let Some(count) = self.count(field, 0..=1000) {
            let message = format!("`{}` has no effect: every pod has one side-car", field.path);
            let finding = crate::diagnostic::Diagnostic::note(DiagnosticId::NoEffect, message);
            let position = self.position(field.span());
            let text = if count == 1 { "" } else { "remove it" };
            self.report(finding.at(Some(&position), text));
        }
    }
}
