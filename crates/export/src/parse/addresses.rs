//! Bare addresses in text, by the rules of GitHub's extended autolinks.

use super::abbreviations::joins;

/// An address found in a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// Byte offset at which it starts.
    pub(crate) start: usize,
    /// Byte offset at which it ends.
    pub(crate) end: usize,
    /// What goes before the text to make it a link: `http://`, `mailto:` or nothing.
    pub(crate) prefix: &'static str,
}

/// An `http(s)://` address whose colon stands at `colon`; `from` is where the last find ended.
pub(crate) fn web(text: &str, colon: usize, from: usize) -> Option<Address> {
    let bytes = text.as_bytes();
    if !text[colon..].starts_with("://") {
        return None;
    }
    let start = ["https", "http"].into_iter().find_map(|scheme| {
        let start = colon
            .checked_sub(scheme.len())
            .filter(|start| *start >= from)?;
        bytes[start..colon]
            .eq_ignore_ascii_case(scheme.as_bytes())
            .then_some(start)
    })?;
    let end = finish(text, start, colon + 3)?;
    (boundary_before(text, start, from)).then_some(Address {
        start,
        end,
        prefix: "",
    })
}

/// A `www.` address whose first full stop stands at `dot`.
pub(crate) fn www(text: &str, dot: usize, from: usize) -> Option<Address> {
    let start = dot.checked_sub(3).filter(|start| *start >= from)?;
    if !text.as_bytes()[start..dot].eq_ignore_ascii_case(b"www")
        || !boundary_before(text, start, from)
    {
        return None;
    }
    let end = finish(text, start, start)?;
    Some(Address {
        start,
        end,
        prefix: "http://",
    })
}

/// An e-mail address whose `@` stands at `at`.
pub(crate) fn mail(text: &str, at: usize, from: usize) -> Option<Address> {
    let bytes = text.as_bytes();
    let local = bytes[from..at]
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b".-_+".contains(byte));
    let start = at - local.count();
    if start == at || !boundary_before(text, start, from) {
        return None;
    }
    let domain = bytes[at + 1..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(byte))
        .count();
    let mut end = at + 1 + domain;
    while end > at + 1 && bytes[end - 1] == b'.' {
        end -= 1;
    }
    let name = &text[at + 1..end];
    let dotted = name.contains('.') && !name.starts_with('.') && !name.contains("..");
    let last = name.as_bytes().last()?;
    (dotted && last.is_ascii_alphanumeric()).then_some(Address {
        start,
        end,
        prefix: "mailto:",
    })
}

/// An address starts a line, or stands after a space, `*`, `_`, `~` or `(`; brackets and quotation
/// marks are our addition, since drafts have them.
fn boundary_before(text: &str, start: usize, from: usize) -> bool {
    if start == 0 {
        return true;
    }
    if start == from {
        return !text[..start].ends_with(|c: char| joins(c, 'a'));
    }
    text[..start]
        .chars()
        .next_back()
        .is_none_or(|c| !joins(c, 'a') && !"/@:.-+".contains(c))
}

/// Checks the domain that starts at `domain` and gives where the address ends.
fn finish(text: &str, start: usize, domain: usize) -> Option<usize> {
    let rest = &text[domain..];
    let length = rest
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .unwrap_or(rest.len());
    let name = rest[..length].trim_end_matches('.');
    let mut labels = name.rsplit('.');
    let last = labels.next().unwrap_or_default();
    let second = labels.next()?;
    let sound =
        !last.is_empty() && !second.is_empty() && !last.contains('_') && !second.contains('_');
    if !sound
        || name.contains("..")
        || name.starts_with('.')
        || !labels.all(|label| !label.is_empty())
    {
        return None;
    }
    let tail = &text[start..];
    let whole = tail
        .find(|c: char| c.is_whitespace() || c == '<')
        .map_or(tail, |end| &tail[..end]);
    Some(start + trim(whole).len())
}

/// Leaves out what belongs to the sentence and not to the address.
fn trim(address: &str) -> &str {
    let mut rest = address;
    let mut open = rest.bytes().filter(|byte| *byte == b'(').count();
    let mut close = rest.bytes().filter(|byte| *byte == b')').count();
    loop {
        let Some(last) = rest.chars().next_back() else {
            return rest;
        };
        let cut = match last {
            '?' | '!' | '.' | ',' | ':' | '*' | '_' | '~' | '\'' | '"' | ']' | '[' | '”' | '’'
            | '»' | '。' | '，' | '）' | '、' => rest.len() - last.len_utf8(),
            ')' if close > open => {
                close -= 1;
                rest.len() - 1
            }
            ';' => entity_start(rest).unwrap_or(rest.len() - 1),
            _ => return rest,
        };
        open -= rest[cut..].bytes().filter(|byte| *byte == b'(').count();
        rest = &rest[..cut];
    }
}

/// Where an entity reference at the end starts: `&copy;` is no part of an address.
fn entity_start(text: &str) -> Option<usize> {
    let body = text.strip_suffix(';')?;
    let name = body
        .bytes()
        .rev()
        .take_while(u8::is_ascii_alphanumeric)
        .count();
    let at = body.len() - name;
    (name > 0 && body[..at].ends_with('&')).then(|| at - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<&str> {
        let address = text
            .find(':')
            .and_then(|colon| web(text, colon, 0))
            .or_else(|| text.find('.').and_then(|dot| www(text, dot, 0)))
            .or_else(|| text.find('@').and_then(|at| mail(text, at, 0)))?;
        Some(&text[address.start..address.end])
    }

    #[test]
    fn as_github_does() {
        for (text, expected) in [
            ("www.commonmark.org", Some("www.commonmark.org")),
            (
                "Visit www.commonmark.org/help for more",
                Some("www.commonmark.org/help"),
            ),
            ("Visit www.commonmark.org.", Some("www.commonmark.org")),
            (
                "Visit www.commonmark.org/a.b.",
                Some("www.commonmark.org/a.b"),
            ),
            (
                "(www.google.com/search?q=Markup+(business))",
                Some("www.google.com/search?q=Markup+(business)"),
            ),
            (
                "www.google.com/search?q=(business))+ok",
                Some("www.google.com/search?q=(business))+ok"),
            ),
            (
                "www.google.com/search?q=commonmark&hl=en",
                Some("www.google.com/search?q=commonmark&hl=en"),
            ),
            (
                "www.google.com/search?q=commonmark&hl;",
                Some("www.google.com/search?q=commonmark"),
            ),
            ("http://commonmark.org", Some("http://commonmark.org")),
            (
                "(Visit https://encrypted.google.com/search?q=Markup+(business))",
                Some("https://encrypted.google.com/search?q=Markup+(business)"),
            ),
            ("foo@bar.baz", Some("foo@bar.baz")),
            (
                "hello+xyz@mail.example works, mail+xyz@x does not",
                Some("hello+xyz@mail.example"),
            ),
            ("a.b-c_d@a.b.", Some("a.b-c_d@a.b")),
            ("a.b-c_d@a.b-", None),
            ("a.b-c_d@a.b_", None),
            ("http://a_b.c_d", None),
            ("xhttp://example.org", None),
            ("https://localhost", None),
            ("See “https://example.org”.", Some("https://example.org")),
            ("见 https://example.org。", Some("https://example.org")),
            ("见https://example.org", Some("https://example.org")),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }
}
