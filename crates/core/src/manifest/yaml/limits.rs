//! How much YAML is read before it is refused (`yaml-budget`). A limit protects against files that unfold:
//! nested aliases, endless nesting. Real manifests stay far below every one of them.

use serde_saphyr::{Options, alias_limits, budget, options};

/// Bytes of one input, comments included.
pub const MAX_FILE_BYTES: usize = 8 << 20;
/// Documents of one input.
pub(crate) const MAX_DOCUMENTS: usize = 2_000;
/// Nested collections in one document.
pub(crate) const MAX_DEPTH: usize = 48;
/// Scalars and collections of one document, aliases unfolded.
pub(crate) const MAX_NODES: usize = 100_000;
/// Nodes that aliases of one document may repeat.
pub(crate) const MAX_REPLAYED_EVENTS: usize = 20_000;

/// The options of every read, chosen once.
pub(super) fn options() -> Options {
    options! {
        budget: budget! {
            max_depth: MAX_DEPTH,
            flow_nesting_limit: MAX_DEPTH,
            max_nodes: MAX_NODES,
            max_events: 2 * MAX_NODES,
            max_documents: 1,
            max_aliases: 1_000,
            max_anchors: 1_000,
            max_merge_keys: 1_000,
            max_recorded_anchor_events: MAX_NODES,
            max_recorded_anchor_bytes: MAX_FILE_BYTES,
            max_total_scalar_bytes: MAX_FILE_BYTES,
        },
        alias_limits: alias_limits! {
            max_total_replayed_events: MAX_REPLAYED_EVENTS,
            max_replay_stack_depth: 16,
        },
        // Both entries of a repeated key come out, so that both places can be shown.
        duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::PassThrough,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        strict_booleans: true,
        reject_unsupported_tags: true,
        non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::AsString,
        emit_comments: false,
        with_snippet: false,
    }
}
