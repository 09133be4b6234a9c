//! UTF-16 units and bytes of one text.

/// The number of UTF-16 units that a text takes.
pub fn utf16_len(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.chars().map(char::len_utf16).sum()
}

/// The byte offset of a UTF-16 index; `None` beyond the end or inside of a surrogate pair.
pub fn byte_of_utf16(text: &str, index_utf16: usize) -> Option<usize> {
    if text.is_ascii() {
        return (index_utf16 <= text.len()).then_some(index_utf16);
    }
    let mut units = 0;
    for (byte, character) in text.char_indices() {
        if units >= index_utf16 {
            return (units == index_utf16).then_some(byte);
        }
        units += character.len_utf16();
    }
    (units == index_utf16).then_some(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_map_to_bytes_except_inside_of_pairs() {
        let found: Vec<_> = (0..7).map(|index| byte_of_utf16("aé😀b", index)).collect();
        assert_eq!(
            found,
            [Some(0), Some(1), Some(3), None, Some(7), Some(8), None]
        );
        assert_eq!(utf16_len("aé😀b"), 5);
        assert_eq!(byte_of_utf16("ab", 2), Some(2));
        assert_eq!(byte_of_utf16("ab", 3), None);
    }
}
