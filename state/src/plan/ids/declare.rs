//! How a list of ids is declared.

/// Declares an enum of ids. The name is what documents say; the comment is the meaning in the tables of docs/; what else
/// the tables have stands behind `=>`. Ids of another list may be taken in at the end: `.. Variant(OtherIds)`.
///
/// Ids are ordered by name, as documents list them. A name that is not declared is refused: a plan is understood whole or
/// not at all.
macro_rules! ids {
    (
        $(#[$about:meta])*
        pub enum $Ids:ident: $one:literal, with $Entry:ty {
            $( $(#[doc = $doc:literal])+ $Id:ident = $name:literal => $entry:expr, )+
            $( .. $(#[$more_about:meta])* $More:ident($Others:ty) )?
        }
    ) => {
        ids! {
            $(#[$about])*
            pub enum $Ids: $one {
                $( $(#[doc = $doc])+ $Id = $name, )+
                $( .. $(#[$more_about])* $More($Others) )?
            }
        }

        impl $Ids {
            pub(super) fn entry(self) -> $Entry {
                match self {
                    $( Self::$Id => $entry, )+
                    $( Self::$More(other) => other.entry(), )?
                }
            }
        }
    };
    (
        $(#[$about:meta])*
        pub enum $Ids:ident: $one:literal {
            $( $(#[doc = $doc:literal])+ $Id:ident = $name:literal, )+
            $( .. $(#[$more_about:meta])* $More:ident($Others:ty) )?
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub enum $Ids {
            $(
                $(#[doc = $doc])+
                #[cfg_attr(feature = "schema", schemars(rename = $name))]
                $Id,
            )+
            $(
                $(#[$more_about])*
                #[cfg_attr(feature = "schema", schemars(untagged))]
                $More($Others),
            )?
        }

        impl $Ids {
            /// Every id that is declared here, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$Id),+];

            /// The name in documents.
            pub fn as_str(self) -> &'static str {
                match self {
                    $( Self::$Id => $name, )+
                    $( Self::$More(other) => other.as_str(), )?
                }
            }

            /// What it means, as the documentation says it.
            pub fn meaning(self) -> String {
                let lines: &[&str] = match self {
                    $( Self::$Id => &[$($doc),+], )+
                    $( Self::$More(other) => return <$Others>::meaning(other), )?
                };
                lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
            }
        }

        impl std::fmt::Display for $Ids {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl PartialOrd for $Ids {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $Ids {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                self.as_str().cmp(other.as_str())
            }
        }

        impl std::str::FromStr for $Ids {
            type Err = String;

            fn from_str(name: &str) -> Result<Self, String> {
                let declared = Self::ALL.iter().find(|id| id.as_str() == name).copied();
                $( let declared = declared.or_else(|| name.parse().map(Self::$More).ok()); )?
                declared.ok_or_else(|| format!("`{name}` is no {} that this iriskit knows", $one))
            }
        }

        impl serde::Serialize for $Ids {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $Ids {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                name.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
