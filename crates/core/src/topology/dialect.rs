//! Versions: which CPF text an IRIS release wants.

/// A release number as it stands in `compatibilityVersion` or an image tag: `2023.3` or `2024.2.0.1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReleaseVersion(pub Vec<u32>);

impl ReleaseVersion {
    /// Reads `YEAR.N[.N…]`; text behind a dash (`2023.3-linux`) is left out. `None` when it is no release number.
    pub fn parse(text: &str) -> Option<Self> {
        let numbers = text.split('-').next()?;
        let parts = numbers.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u32>>>()?;
        (parts.len() >= 2 && parts.first().is_some_and(|year| *year >= 2018)).then_some(Self(parts))
    }

    /// The release in an image reference's tag, if the tag is one.
    pub(crate) fn of_image(image: &str) -> Option<Self> {
        let without_digest = image.split('@').next()?;
        let name = without_digest.rsplit('/').next()?;
        Self::parse(name.split_once(':')?.1)
    }
}

impl std::fmt::Display for ReleaseVersion {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, part) in self.0.iter().enumerate() {
            write!(out, "{}{part}", if at == 0 { "" } else { "." })?;
        }
        Ok(())
    }
}

/// The form of the generated CPF text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// As IKO 3.6 writes it: the mirror is made by `[Actions] ConfigMirror`. For `compatibilityVersion`
    /// 2023.1 and newer, and, by our decision, when none is given.
    Iko36,
    /// Before: mirror keys in `[Startup]`. Not expanded yet.
    Iko33,
}

impl Dialect {
    /// The dialect of a `compatibilityVersion`.
    pub(crate) fn of(compatibility: Option<&ReleaseVersion>) -> Self {
        match compatibility {
            Some(version) if *version < ReleaseVersion(vec![2023, 1]) => Self::Iko33,
            _ => Self::Iko36,
        }
    }
}

impl std::fmt::Display for Dialect {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Iko36 => "3.6",
            Self::Iko33 => "3.3",
        })
    }
}
