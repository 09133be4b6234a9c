//! Text and attribute values, made safe.

use crate::bytes;

/// Writes text. `<`, `>`, `&` and `"` become references, so that the result is safe between tags
/// and between double quotes alike; characters that HTML forbids become U+FFFD.
pub(crate) fn escape(text: &str, out: &mut String) {
    let mut from = 0;
    let mut at = 0;
    while let Some(found) = bytes::find(text.as_bytes(), at, may_be_special, &SPECIAL) {
        let (replacement, length) = match text.as_bytes()[found] {
            b'<' => ("&lt;", 1),
            b'>' => ("&gt;", 1),
            b'&' => ("&amp;", 1),
            b'"' => ("&quot;", 1),
            b'\r' => ("", 1),
            0..=0x1F | 0x7F => ("\u{fffd}", 1),
            _ => match text[found..].chars().next().filter(|c| is_forbidden(*c)) {
                Some(c) => ("\u{fffd}", c.len_utf8()),
                None => {
                    at = found + 1;
                    continue;
                }
            },
        };
        out.push_str(&text[from..found]);
        out.push_str(replacement);
        at = found + length;
        from = at;
    }
    out.push_str(&text[from..]);
}

/// Bytes at which [`escape`] has to look: markup, controls, and the first bytes of characters that
/// may be forbidden.
static SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < table.len() {
        let control = byte < 0x20 && byte != 0x09 && byte != 0x0A;
        table[byte] = control || matches!(byte, 0x7F | 0xC2 | 0xEF..);
        byte += 1;
    }
    table[b'<' as usize] = true;
    table[b'>' as usize] = true;
    table[b'&' as usize] = true;
    table[b'"' as usize] = true;
    table
};

/// Whether a byte may be special, in few comparisons: `"` and `&` differ in one bit, as do `<` and `>`.
fn may_be_special(byte: u8) -> bool {
    let markup = (byte & !0x04 == b'"') | (byte & !0x02 == b'<');
    markup | (byte < 0x20) | (byte == 0x7F) | (byte == 0xC2) | (byte >= 0xEF)
}

/// Control and non-characters, which no HTML document may hold.
fn is_forbidden(c: char) -> bool {
    let code = c as u32;
    matches!(code, 0x80..=0x9F | 0xFDD0..=0xFDEF) || code & 0xFFFE == 0xFFFE
}

/// [`escape`] into a new string.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    escape(text, &mut out);
    out
}

/// A CSS string of any text: everything but letters, figures and spaces as hexadecimal escapes, so
/// that no quote, no `</style>` and no line end can leave it.
pub(crate) fn css_string(text: &str) -> String {
    use std::fmt::Write;
    let mut out = String::from("\"");
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || c == ' ' {
            out.push(c);
        } else {
            let code = if is_forbidden(c) || (c as u32) < 0x20 {
                0xFFFD
            } else {
                c as u32
            };
            // Writing to a string cannot fail.
            let _ = write!(out, "\\{code:x} ");
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_text_or_attributes() {
        assert_eq!(escaped("a<b>&\"c'"), "a&lt;b&gt;&amp;&quot;c'");
        assert_eq!(
            escaped("\u{1}\u{7f}\u{85}\u{ffff}\u{fdd0}"),
            "\u{fffd}".repeat(5)
        );
        assert_eq!(escaped("« été » 😀 ﷽\u{a0}\t\n"), "« été » 😀 ﷽\u{a0}\t\n");
    }

    #[test]
    fn css_strings_hold_anything() {
        assert_eq!(
            css_string("A \"b\"</style>\n"),
            "\"A \\22 b\\22 \\3c \\2f style\\3e \\fffd \""
        );
    }
}
