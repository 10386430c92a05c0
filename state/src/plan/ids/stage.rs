//! The stages of a run.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// The stages of an apply, in order; destroy goes through them in reverse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Service account, role, role binding, headless service, companions that others refer to.
    Prerequisites,
    /// The arbiter.
    Arbiter,
    /// Data nodes.
    Data,
    /// Compute nodes.
    Compute,
    /// Stand-alone web gateways.
    WebGateway,
    /// Services that face users, and the remaining companions.
    Services,
}

impl Stage {
    /// All stages in order.
    pub const ALL: [Self; 6] =
        [Self::Prerequisites, Self::Arbiter, Self::Data, Self::Compute, Self::WebGateway, Self::Services];

    /// The name in plans.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Prerequisites => "prerequisites",
            Self::Arbiter => "arbiter",
            Self::Data => "data",
            Self::Compute => "compute",
            Self::WebGateway => "web gateway",
            Self::Services => "services",
        }
    }
}

/// A stage of one plan: what is removed has stages of its own, and a stage may be moved beside that of the data nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StageName {
    /// In its own place: `web gateway`.
    Forward(Stage),
    /// Before the data nodes, though it comes later as a rule: `web gateway before data`.
    BeforeData(Stage),
    /// After the data nodes, though it comes earlier as a rule: `arbiter after data`.
    AfterData(Stage),
    /// Taking away what is done in it: `remove web gateway`.
    Remove(Stage),
    /// Where a volume that is deleted belongs: `volumes`.
    Volumes,
    /// Taking volumes away: `remove volumes`.
    RemoveVolumes,
}

impl StageName {
    /// The stage without the word that says that it takes something away.
    #[must_use]
    pub fn without_removal(self) -> Self {
        match self {
            Self::Remove(stage) => Self::Forward(stage),
            Self::RemoveVolumes => Self::Volumes,
            other => other,
        }
    }
}

impl fmt::Display for StageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forward(stage) => f.write_str(stage.as_str()),
            Self::BeforeData(stage) => write!(f, "{} before data", stage.as_str()),
            Self::AfterData(stage) => write!(f, "{} after data", stage.as_str()),
            Self::Remove(stage) => write!(f, "remove {}", stage.as_str()),
            Self::Volumes => f.write_str("volumes"),
            Self::RemoveVolumes => f.write_str("remove volumes"),
        }
    }
}

impl FromStr for StageName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let of_stage = Stage::ALL.into_iter().flat_map(|stage| {
            [Self::Forward(stage), Self::BeforeData(stage), Self::AfterData(stage), Self::Remove(stage)]
        });
        of_stage
            .chain([Self::Volumes, Self::RemoveVolumes])
            .find(|known| known.to_string() == name)
            .ok_or_else(|| format!("`{name}` is no stage that this iriskit knows"))
    }
}

impl Serialize for StageName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for StageName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for StageName {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "StageName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_as_it_is_written() {
        for name in
            ["data", "web gateway before data", "arbiter after data", "remove services", "volumes", "remove volumes"]
        {
            assert_eq!(name.parse::<StageName>().unwrap().to_string(), name);
        }
        assert!("data before lunch".parse::<StageName>().is_err());
    }
}
