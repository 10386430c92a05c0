//! The rule of `format_version`.

/// Why a document's version can't be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum VersionError {
    /// Not `MAJOR.MINOR`.
    #[error("`{0}` is not a format version")]
    Malformed(String),
    /// Another major version, or a newer minor one.
    #[error("format version {found} can't be read by this iriskit, which reads {}.0 to {}.{}", supported.0, supported.0, supported.1)]
    Unsupported {
        /// What the document says.
        found: String,
        /// Major and newest minor version that are read.
        supported: (u32, u32),
    },
}

/// Accepts the supported version and every older minor version of the same major one.
pub(crate) fn check(found: &str, supported: (u32, u32)) -> Result<(), VersionError> {
    let malformed = || VersionError::Malformed(found.to_owned());
    let (major, minor) = found.split_once('.').ok_or_else(malformed)?;
    let major: u32 = major.parse().map_err(|_| malformed())?;
    let minor: u32 = minor.parse().map_err(|_| malformed())?;
    if major == supported.0 && minor <= supported.1 {
        Ok(())
    } else {
        Err(VersionError::Unsupported { found: found.to_owned(), supported })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_minor_versions_of_our_major_are_read() {
        assert_eq!(check("1.0", (1, 3)), Ok(()));
        assert_eq!(check("1.3", (1, 3)), Ok(()));
        for newer in ["1.4", "2.0", "0.9"] {
            let refused = VersionError::Unsupported { found: newer.into(), supported: (1, 3) };
            assert_eq!(check(newer, (1, 3)), Err(refused));
        }
        assert_eq!(check("one", (1, 0)), Err(VersionError::Malformed("one".into())));
    }
}
