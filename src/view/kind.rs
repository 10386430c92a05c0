//! Names of kinds where there is little room.

/// `PVC` for the one kind whose name is longer than most lines have room for; the usual name otherwise.
pub(super) fn short(kind: &str) -> &str {
    match kind {
        "PersistentVolumeClaim" => "PVC",
        kind => kind,
    }
}

/// `PVC hospital/data-0` for `PersistentVolumeClaim/hospital/data-0`.
pub(super) fn spoken_in_full(address: &str) -> String {
    match address.split_once('/') {
        Some((kind, name)) => format!("{} {name}", short(kind)),
        None => address.to_owned(),
    }
}

/// `PVC data-0` for `PersistentVolumeClaim/hospital/data-0`.
pub(super) fn spoken(address: &str) -> String {
    let mut parts = address.splitn(3, '/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(kind), Some(_), Some(name)) | (Some(kind), Some(name), None) => format!("{} {name}", short(kind)),
        _ => address.to_owned(),
    }
}
