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
    let differs = old.0.iter().zip(&new.0).find_map(|(old, new)| (old != new).then_some(new < old));
    match release(&new).cmp(&release(&old)) {
        std::cmp::Ordering::Greater => ImageChange::MajorRelease { from: old, to: new },
        std::cmp::Ordering::Less => ImageChange::Downgrade { from: old, to: new },
        std::cmp::Ordering::Equal if differs == Some(true) => ImageChange::Downgrade { from: old, to: new },
        // A shorter tag moves: it may stand for a build that is older than the one that runs.
        std::cmp::Ordering::Equal if differs.is_none() && new.0.len() < old.0.len() => {
            ImageChange::Unknown { reason: format!("{new} may be any build of that release, and older than {old}") }
        }
        // So may one of two digests under the same tag, unless the tag names a whole build.
        std::cmp::Ordering::Equal
            if differs.is_none()
                && other_digest(from, to)
                && new.0.len() == old.0.len()
                && new.0.len() < WHOLE_BUILD =>
        {
            ImageChange::Unknown { reason: format!("two images of {new} differ, and which one is older is not known") }
        }
        std::cmp::Ordering::Equal => ImageChange::SameRelease,
    }
}

/// How many numbers a tag has that names a build: `2024.1.2.398`.
const WHOLE_BUILD: usize = 4;

/// Whether the image that ran was held by a digest, and the new one is not held by the same.
fn other_digest(from: &str, to: &str) -> bool {
    let digest = |image: &str| image.split_once('@').map(|(_, digest)| digest.to_owned());
    digest(from).is_some_and(|old| digest(to) != Some(old))
}

/// `irishealth` of `registry/intersystems/irishealth:2024.1`, without the processor behind it.
fn product(image: &str) -> &str {
    let name = image.rsplit('/').next().and_then(|last| last.split([':', '@']).next()).unwrap_or_default();
    name.strip_suffix("-arm64").unwrap_or(name)
}
