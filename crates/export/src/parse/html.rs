//! HTML that authors type, all of which is shown as text.
//!
//! Comments are the exception: they are notes among authors, which pandoc, GitHub and browsers leave
//! out as well, so they are not printed. A place that `<a id="x">` names is noted beside the text,
//! since real drafts are full of links to such places.

use std::borrow::Cow;

/// What an inline piece of HTML is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tag {
    Comment,
    /// `<a id="x">` or `<a name="x">`, with what it names.
    Place(String),
    /// A closing tag.
    Close,
    /// Any other.
    Open,
}

/// Reads one inline tag.
pub(crate) fn tag(text: &str) -> Tag {
    if text.starts_with("<!--") {
        return Tag::Comment;
    }
    if text.starts_with("</") {
        return Tag::Close;
    }
    text.strip_prefix('<')
        .and_then(|inner| inner.strip_suffix('>'))
        .and_then(place)
        .map_or(Tag::Open, Tag::Place)
}

/// `a id="x"` or `a name="x"`, and nothing else in the tag.
fn place(inner: &str) -> Option<String> {
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
    fn places_stand_alone_in_their_tag() {
        assert_eq!(tag("<a name=\"x\">"), Tag::Place("x".to_owned()));
        assert_eq!(tag("<A id='x'>"), Tag::Place("x".to_owned()));
        assert_eq!(tag("</a>"), Tag::Close);
        assert_eq!(tag("<!-- a -->"), Tag::Comment);
        for other in [
            "<br>",
            "<a href=x>",
            "<a id=\"x\" onclick=\"y\">",
            "<a id=\"x y\">",
            "<abbr id=\"x\">",
        ] {
            assert_eq!(tag(other), Tag::Open, "{other}");
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
