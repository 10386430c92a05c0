//! From one image of IRIS to another: what its tag says of the release.

use crate::topology::ReleaseVersion;

/// What a change of an image means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageChange {
    /// The same release, in a newer or the same build, or from another registry.
    SameRelease,
    /// A newer release: a human decision.
    MajorRelease {
        /// The release now.
        from: ReleaseVersion,
        /// The release then.
        to: ReleaseVersion,
    },
    /// An older release or build, which can't open the databases of the newer one.
    Downgrade {
        /// The release now.
        from: ReleaseVersion,
        /// The release then.
        to: ReleaseVersion,
    },
    /// A tag does not say which release it is, or it is another product.
    Unknown {
        /// Why.
        reason: String,
    },
}

/// What it means to go from one image reference to another.
pub(crate) fn image_change(from: &str, to: &str) -> ImageChange {
    if from == to {
        return ImageChange::SameRelease;
    }
    if product(from) != product(to) {
        return ImageChange::Unknown { reason: format!("{} is another product than {}", product(to), product(from)) };
    }
    let (Some(old), Some(new)) = (ReleaseVersion::of_image(from), ReleaseVersion::of_image(to)) else {
        let silent = if ReleaseVersion::of_image(to).is_none() { to } else { from };
        return ImageChange::Unknown { reason: format!("{silent} does not say which release it is") };
    };
    let release = |version: &ReleaseVersion| version.0.iter().take(2).copied().collect::<Vec<u32>>();
    match release(&new).cmp(&release(&old)) {
        std::cmp::Ordering::Greater => ImageChange::MajorRelease { from: old, to: new },
        std::cmp::Ordering::Less => ImageChange::Downgrade { from: old, to: new },
        // A shorter tag is one that moves: where both say nothing, neither is known to be older.
        std::cmp::Ordering::Equal
            if old.0.iter().zip(&new.0).find_map(|(old, new)| (old != new).then_some(new < old)) == Some(true) =>
        {
            ImageChange::Downgrade { from: old, to: new }
        }
        std::cmp::Ordering::Equal => ImageChange::SameRelease,
    }
}

/// `irishealth` of `registry/intersystems/irishealth:2024.1`, without the processor behind it.
fn product(image: &str) -> &str {
    let name = image.rsplit('/').next().and_then(|last| last.split([':', '@']).next()).unwrap_or_default();
    name.strip_suffix("-arm64").unwrap_or(name)
}
