//! Bytes of a file → text, by the mark at their beginning.

/// Why bytes are no text that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoText {
    /// Of this encoding, which is not read.
    Encoded(&'static str),
    /// Not UTF-8 from this byte on.
    Bytes(usize),
}

/// The text of a file. UTF-16 is read by its byte order mark, as PowerShell writes it; anything else must be UTF-8.
pub(super) fn decode(bytes: Vec<u8>) -> Result<String, NoText> {
    match bytes.as_slice() {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, _, ..] | [_, 0, 0, 0, ..] => {
            Err(NoText::Encoded("UTF-32"))
        }
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes).ok_or(NoText::Encoded("broken UTF-16")),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes).ok_or(NoText::Encoded("broken UTF-16")),
        [0, _, ..] | [_, 0, ..] => Err(NoText::Encoded("UTF-16 without a byte order mark")),
        _ => String::from_utf8(bytes).map_err(|error| NoText::Bytes(error.utf8_error().valid_up_to())),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16(&units).ok().filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_mark(mark: &[u8], text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        mark.iter().copied().chain(text.encode_utf16().flat_map(bytes)).collect()
    }

    #[test]
    fn utf_16_is_read_by_its_mark_and_other_encodings_are_named() {
        let text = "name: Gr\u{fc}\u{df}e \u{1f44b}\r\n";
        assert_eq!(decode(with_mark(&[0xff, 0xfe], text, u16::to_le_bytes)).unwrap(), text);
        assert_eq!(decode(with_mark(&[0xfe, 0xff], text, u16::to_be_bytes)).unwrap(), text);
        assert_eq!(decode(text.into()).unwrap(), text);
        assert_eq!(decode(Vec::new()).unwrap(), "");
        for (bytes, expected) in [
            (with_mark(&[0xff, 0xfe, 0, 0], "a", u16::to_le_bytes), NoText::Encoded("UTF-32")),
            (with_mark(&[0, 0, 0xfe, 0xff], "a", u16::to_be_bytes), NoText::Encoded("UTF-32")),
            (b"a\0\0\0b\0\0\0".to_vec(), NoText::Encoded("UTF-32")),
            (with_mark(&[], "ab", u16::to_le_bytes), NoText::Encoded("UTF-16 without a byte order mark")),
            (with_mark(&[], "ab", u16::to_be_bytes), NoText::Encoded("UTF-16 without a byte order mark")),
            (vec![0xff, 0xfe, b'a'], NoText::Encoded("broken UTF-16")),
            (vec![0xff, 0xfe, 0, 0xd8], NoText::Encoded("broken UTF-16")),
            (b"a: \xe9".to_vec(), NoText::Bytes(3)),
        ] {
            assert_eq!(decode(bytes), Err(expected));
        }
    }
}
