//! Source text without its secrets. Lines and columns stay where they are.

use std::ops::Range;

use iriskit_core::manifest::{Input, secret_ranges};

/// The text of `input` with `*` in place of every secret.
pub(super) fn masked(input: &Input) -> String {
    blot(&input.text, secret_ranges(input))
}

fn blot(text: &str, mut hidden: Vec<Range<usize>>) -> String {
    hidden.sort_by_key(|range| range.start);
    let mut safe = String::with_capacity(text.len());
    let mut ranges = hidden.into_iter().peekable();
    let mut until = 0;
    for (at, letter) in text.char_indices() {
        while let Some(range) = ranges.next_if(|range| range.start <= at) {
            until = until.max(range.end);
        }
        if at < until && !letter.is_whitespace() {
            safe.extend(std::iter::repeat_n('*', letter.len_utf8()));
        } else {
            safe.push(letter);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_blotted_out_and_nothing_else_moves() {
        let text = "kind: Secret\nmetadata: {name: x}\ndata:\n  a: czNjcjN0\n  b: 42\nstringData:\n  c: |\n    két ségek\n    x\n";
        let safe = masked(&Input { name: "a".into(), text: text.into() });
        assert_eq!(safe.len(), text.len());
        insta::assert_snapshot!(safe, @r"
        kind: Secret
        metadata: {name: x}
        data:
          a: ********
          b: **
        stringData:
          c: |
            **** ******
            *
        ");
    }

    #[test]
    fn ranges_may_overlap_and_come_in_no_order() {
        assert_eq!(blot("abc def", vec![4..6, 0..2, 1..3]), "*** **f");
    }
}
