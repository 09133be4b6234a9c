//! The little that is understood of HTML that authors type. All else is shown as text.
//!
//! Comments are notes among authors and are not printed; `<br>` is the only way to break a line in
//! a table cell; `<sup>`, `<sub>` without attributes are what GitHub and pandoc share for raised
//! and lowered figures; `<a id="x"></a>` is an empty place to link to. None of it is passed
//! through: each becomes a part of the model.

use std::borrow::Cow;

/// An inline piece of HTML that means something to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tag {
    Break,
    Comment,
    Open(Level),
    Close(Level),
    Anchor(String),
    AnchorEnd,
}

/// Raised or lowered text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Superior,
    Inferior,
}

/// Reads one inline tag.
pub(crate) fn tag(text: &str) -> Option<Tag> {
    if text.starts_with("<!--") {
        return Some(Tag::Comment);
    }
    let inner = text.strip_prefix('<')?.strip_suffix('>')?;
    let inner = inner.strip_suffix('/').unwrap_or(inner).trim();
    match inner.to_ascii_lowercase().as_str() {
        "br" => Some(Tag::Break),
        "sup" => Some(Tag::Open(Level::Superior)),
        "sub" => Some(Tag::Open(Level::Inferior)),
        "/sup" => Some(Tag::Close(Level::Superior)),
        "/sub" => Some(Tag::Close(Level::Inferior)),
        "/a" => Some(Tag::AnchorEnd),
        _ => anchor(inner).map(Tag::Anchor),
    }
}

/// `a id="x"` or `a name="x"`, and nothing else in the tag.
fn anchor(inner: &str) -> Option<String> {
    let rest = inner.strip_prefix(['a', 'A'])?.strip_prefix(' ')?.trim();
    let value = rest
        .strip_prefix("id")
        .or_else(|| rest.strip_prefix("name"))?
        .strip_prefix('=')?;
    let value = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
        .or_else(|| {
            value
                .strip_prefix('\'')
                .and_then(|value| value.strip_suffix('\''))
        })?;
    let sound = !value.is_empty()
        && value.len() <= 200
        && !value.contains(|c: char| c.is_whitespace() || "\"'<>&=".contains(c));
    sound.then(|| value.to_owned())
}

/// Raw HTML without its comments and without blank lines at its ends.
pub(crate) fn without_comments(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains("<!--") {
        return match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim_end()),
            Cow::Owned(text) => Cow::Owned(text.trim_end().to_owned()),
        };
    }
    let mut out = String::with_capacity(text.len());
    let mut rest: &str = &text;
    while let Some(start) = rest.find("<!--") {
        out.push_str(&rest[..start]);
        let inside = &rest[start + 4..];
        let short = inside
            .strip_prefix("->")
            .or_else(|| inside.strip_prefix('>'));
        rest = short.unwrap_or_else(|| inside.find("-->").map_or("", |end| &inside[end + 3..]));
    }
    out.push_str(rest);
    Cow::Owned(out.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_tags_mean_something() {
        assert_eq!(tag("<br>"), Some(Tag::Break));
        assert_eq!(tag("<BR />"), Some(Tag::Break));
        assert_eq!(tag("<sup>"), Some(Tag::Open(Level::Superior)));
        assert_eq!(tag("</sub>"), Some(Tag::Close(Level::Inferior)));
        assert_eq!(tag("<a name=\"x\">"), Some(Tag::Anchor("x".to_owned())));
        for other in [
            "<br onload=x>",
            "<sup class=x>",
            "<b>",
            "<a href=x>",
            "<a id=\"x\" onclick=\"y\">",
            "<a id=\"x y\">",
        ] {
            assert_eq!(tag(other), None, "{other}");
        }
    }

    #[test]
    fn comments_go() {
        for (text, expected) in [
            ("<!-- a -->\n", ""),
            ("<!-- a --> <b>\n", "<b>"),
            ("<!--><b>", "<b>"),
            ("<div><!-- a\nb --></div>", "<div></div>"),
            ("<!-- open", ""),
            ("<div>\n", "<div>"),
        ] {
            assert_eq!(without_comments(Cow::Borrowed(text)), expected, "{text}");
        }
    }
}
