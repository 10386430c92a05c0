//! The command line of this process.

/// The flag that names the labeler's image.
pub(super) const LABELER_IMAGE: &str = "--labeler-image";

/// The arguments, as they were typed.
pub(super) fn typed() -> Vec<String> {
    std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect()
}

/// Whether the labeler's image was typed, so that it need not be said again.
pub(super) fn says_labeler_image() -> bool {
    typed().iter().any(|argument| argument.split('=').next() == Some(LABELER_IMAGE))
}
