//! The rule of `format_version`.

/// Why a document's version can't be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum VersionError {
    /// Not `MAJOR.MINOR`.
    #[error("`{0}` is not a format version")]
    Malformed(String),
    /// Another major version.
    #[error("format version {found} can't be read by this iriskit, which reads {supported}.x")]
    Unsupported {
        /// What the document says.
        found: String,
        /// The major version that is read.
        supported: u32,
    },
}

/// Accepts every minor version of `supported`.
pub(crate) fn check(found: &str, supported: u32) -> Result<(), VersionError> {
    let malformed = || VersionError::Malformed(found.to_owned());
    let (major, minor) = found.split_once('.').ok_or_else(malformed)?;
    let major: u32 = major.parse().map_err(|_| malformed())?;
    let _: u32 = minor.parse().map_err(|_| malformed())?;
    if major == supported { Ok(()) } else { Err(VersionError::Unsupported { found: found.to_owned(), supported }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_versions_of_our_major_are_read() {
        assert_eq!(check("1.7", 1), Ok(()));
        assert_eq!(check("2.0", 1), Err(VersionError::Unsupported { found: "2.0".into(), supported: 1 }));
        assert_eq!(check("one", 1), Err(VersionError::Malformed("one".into())));
    }
}
