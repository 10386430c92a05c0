//! Files, folders and standard input → [`Input`]s.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::encoding::{NoText, decode};
use iriskit_core::manifest::{Input, yaml};

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is nothing of that name.
    #[error("no file or folder `{path}`")]
    Missing {
        /// As given.
        path: String,
    },
    /// It is an address.
    #[error(
        "`{path}` is an address, not a file; what is there is read from standard input: curl -sSf {path} | iriskit plan -"
    )]
    Address {
        /// As given.
        path: String,
    },
    /// The system refused.
    #[error("reading `{path}`: {source}")]
    Unreadable {
        /// As given, or a file of the folder.
        path: String,
        /// The system's answer.
        source: io::Error,
    },
    /// The text is not UTF-8.
    #[error("`{path}` is not UTF-8 text (byte {offset})")]
    NotUtf8 {
        /// As given, or a file of the folder.
        path: String,
        /// The first byte that is no text.
        offset: usize,
    },
    /// Text of another kind.
    #[error("`{path}` is {encoding}: save it as UTF-8")]
    Encoding {
        /// As given, or a file of the folder.
        path: String,
        /// What it is, or seems to be.
        encoding: &'static str,
    },
    /// More than [`yaml::MAX_FILE_BYTES`].
    #[error("`{path}` has more than {} MiB", yaml::MAX_FILE_BYTES >> 20)]
    TooLarge {
        /// As given, or a file of the folder.
        path: String,
    },
    /// A folder without manifests.
    #[error("folder `{path}` has no file ending in .yaml, .yml or .json")]
    EmptyFolder {
        /// As given.
        path: String,
    },
    /// `-` was given twice.
    #[error("standard input `-` is given twice")]
    StdinTwice,
}

/// Reads files, the manifests directly in folders (`*.yaml`, `*.yml`, `*.json`, by name) and standard input (`-`), in
/// the order given. A file that is named twice, also through its folder, is read once.
pub fn read(paths: &[PathBuf]) -> Result<Vec<Input>, ReadError> {
    let mut inputs = Vec::new();
    let mut seen: Vec<PathBuf> = Vec::new();
    let mut stdin = false;
    for path in paths {
        if path.as_os_str() == OsStr::new("-") {
            if stdin {
                return Err(ReadError::StdinTwice);
            }
            stdin = true;
            inputs.push(from("-", io::stdin().lock())?);
            continue;
        }
        for file in files(path)? {
            let identity = file.canonicalize().unwrap_or_else(|_| file.clone());
            if !seen.contains(&identity) {
                seen.push(identity);
                let name = file.display().to_string();
                let opened = File::open(&file).map_err(|source| failed(&file, source))?;
                inputs.push(from(&name, opened)?);
            }
        }
    }
    Ok(inputs)
}

/// The file itself, or a folder's manifests by name.
fn files(path: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let given = path.display().to_string();
    if given.contains("://") && !path.exists() {
        return Err(ReadError::Address { path: given });
    }
    let metadata = fs::metadata(path).map_err(|source| failed(path, source))?;
    if !metadata.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(|source| failed(path, source))? {
        let file = entry.map_err(|source| failed(path, source))?.path();
        let manifest = file.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "json");
        if manifest && !file.is_dir() {
            found.push(file);
        }
    }
    if found.is_empty() {
        return Err(ReadError::EmptyFolder { path: path.display().to_string() });
    }
    found.sort();
    Ok(found)
}

fn from(name: &str, reader: impl Read) -> Result<Input, ReadError> {
    let limit = u64::try_from(yaml::MAX_FILE_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let read = reader.take(limit.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|source| ReadError::Unreadable { path: name.to_owned(), source })?;
    if bytes.len() > yaml::MAX_FILE_BYTES {
        return Err(ReadError::TooLarge { path: name.to_owned() });
    }
    let path = name.to_owned();
    let text = decode(bytes).map_err(|problem| match problem {
        NoText::Encoded(encoding) => ReadError::Encoding { path, encoding },
        NoText::Bytes(offset) => ReadError::NotUtf8 { path, offset },
    })?;
    Ok(Input { name: name.to_owned(), text })
}

fn failed(path: &Path, source: io::Error) -> ReadError {
    let path = path.display().to_string();
    match source.kind() {
        io::ErrorKind::NotFound => ReadError::Missing { path },
        _ => ReadError::Unreadable { path, source },
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::read;

    #[test]
    fn folders_give_their_manifests_by_name_and_files_come_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["b.yaml", "a.yml", "c.json", "notes.txt"] {
            fs::write(path(name), name).unwrap();
        }
        fs::create_dir(path("deeper.yaml")).unwrap();
        let inputs = read(&[path("c.json"), folder.path().to_owned(), path("notes.txt")]).unwrap();
        let names: Vec<_> = inputs.iter().map(|input| input.text.as_str()).collect();
        assert_eq!(names, ["c.json", "a.yml", "b.yaml", "notes.txt"]);
    }

    #[test]
    fn errors_name_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("latin.yaml"), b"a: \xe9").unwrap();
        fs::write(path("big.yaml"), " ".repeat((8 << 20) + 1)).unwrap();
        fs::create_dir(path("empty")).unwrap();
        for (name, expected) in [
            ("gone.yaml", "no file or folder `F/gone.yaml`"),
            ("latin.yaml", "`F/latin.yaml` is not UTF-8 text (byte 3)"),
            ("big.yaml", "`F/big.yaml` has more than 8 MiB"),
            (
                "https://x.example/m.yaml",
                "`https://x.example/m.yaml` is an address, not a file; what is there is read from standard input: curl -sSf https://x.example/m.yaml | iriskit plan -",
            ),
            ("empty", "folder `F/empty` has no file ending in .yaml, .yml or .json"),
        ] {
            let path = if name.contains("://") { PathBuf::from(name) } else { path(name) };
            let error = read(&[path]).unwrap_err().to_string();
            assert_eq!(error.replace(&folder.path().display().to_string(), "F"), expected);
        }
        assert!(read(&[PathBuf::from("latin.yaml").join("x")]).is_err());
    }
}
