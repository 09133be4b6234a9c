//! What people may write into the fields of requests.

use super::error::ApiError;
use crate::access::Role;

/// The longest name, label or organisation, in characters.
const MOST_CHARACTERS: usize = 200;

/// A short text without control characters and without space around it; empty means none.
pub(super) fn text(field: &'static str, text: Option<String>) -> Result<Option<String>, ApiError> {
    let Some(text) = text
        .map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
    else {
        return Ok(None);
    };
    let wrong = if text.chars().count() > MOST_CHARACTERS {
        format!("may have {MOST_CHARACTERS} characters at most")
    } else if text.chars().any(is_hidden) {
        "must be one line of visible characters".to_owned()
    } else {
        return Ok(Some(text));
    };
    Err(ApiError::BadField { field, wrong })
}

/// Characters that do not show, or that turn around what stands after them: a name made of them
/// could look like another's.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}' | '\u{2060}' | '\u{feff}')
        || ('\u{202a}'..='\u{202e}').contains(&character)
        || ('\u{2066}'..='\u{2069}').contains(&character)
        || ('\u{2028}'..='\u{2029}').contains(&character)
}

/// The name of a role.
pub(super) fn role(name: &str) -> Result<Role, ApiError> {
    Role::parse(name).ok_or(ApiError::BadField {
        field: "role",
        wrong: "is viewer, reviewer, editor or facilitator".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_visible_and_of_one_line() {
        let some = |text: &str| Some(text.to_owned());
        for (written, kept) in [
            (some("  Anna Ø. 明 "), some("Anna Ø. 明")),
            (some(" \n "), None),
            (some("می\u{200c}خواهم"), some("می\u{200c}خواهم")),
            (None, None),
        ] {
            assert_eq!(text("name", written).ok(), Some(kept));
        }
        for bad in [
            "a\nb",
            "a\u{202e}b",
            "\u{200b}a",
            "a\u{0}",
            &"x".repeat(201),
        ] {
            assert!(text("name", some(bad)).is_err(), "{bad:?}");
        }
    }
}
