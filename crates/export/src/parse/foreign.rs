//! Passages in another script: which language they are in, and where they start and end.

use super::scripts::{self, Script};
use crate::model::{Language, LanguageId};

/// The report's languages as they are met.
#[derive(Debug)]
pub(crate) struct Languages {
    pub(crate) list: Vec<Language>,
    /// Languages that the front matter names beside the report's own.
    named: Vec<String>,
}

impl Languages {
    pub(crate) fn new(own: &str, named: &[String]) -> Self {
        let named = named.iter().filter(|tag| is_tag(tag)).cloned().collect();
        Self {
            list: vec![language(own)],
            named,
        }
    }

    /// The id of a tag; the report's own when it is no tag or there are too many languages.
    pub(crate) fn id(&mut self, tag: &str) -> Option<LanguageId> {
        if !is_tag(tag) {
            return None;
        }
        let found = self
            .list
            .iter()
            .position(|known| known.tag.eq_ignore_ascii_case(tag));
        let index = found.unwrap_or(self.list.len());
        let id = LanguageId(u8::try_from(index).ok()?);
        if found.is_none() {
            self.list.push(language(tag));
        }
        Some(id)
    }

    /// The language of a passage in this script.
    pub(crate) fn of_script(&mut self, script: Script) -> Option<LanguageId> {
        let own = self.list.first().map(|own| own.tag.clone());
        let known = own
            .into_iter()
            .chain(self.named.iter().cloned())
            .find(|tag| scripts::of_language(tag) == script);
        self.id(known.as_deref().unwrap_or(script.likely_language()))
    }

    pub(crate) fn script(&self, id: LanguageId) -> Script {
        self.list
            .get(usize::from(id.0))
            .map_or(Script::Latin, |language| {
                scripts::of_language(&language.tag)
            })
    }
}

fn language(tag: &str) -> Language {
    Language {
        tag: tag.to_owned(),
        rtl: scripts::of_language(tag).rtl(),
    }
}

/// Whether a text is well formed as a BCP 47 tag (not whether such a language exists).
pub(crate) fn is_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let primary = parts.next().unwrap_or_default();
    let first =
        (2..=3).contains(&primary.len()) && primary.bytes().all(|byte| byte.is_ascii_alphabetic());
    let sound = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    first && tag.len() <= 35 && parts.all(sound)
}

/// A stretch of a text, in bytes, and its script where that does not fit the context.
pub(crate) type Stretch = (usize, usize, Option<Script>);

/// Cuts a text into stretches of its context and of other scripts.
///
/// A foreign stretch runs from its first to its last foreign letter, over spaces, figures and
/// punctuation between them. A single letter (a symbol, mostly) is left alone, unless it is a
/// Chinese character, which may be a word.
pub(crate) fn stretches(text: &str, context: Script) -> Vec<Stretch> {
    let mut out = Vec::new();
    let mut from = 0;
    let mut open: Option<(usize, usize, Script, u32)> = None;
    let mut close = |open: &mut Option<(usize, usize, Script, u32)>, from: &mut usize| {
        if let Some((start, end, script, letters)) = open.take()
            && (letters > 1 || script == Script::Han)
        {
            if start > *from {
                out.push((*from, start, None));
            }
            out.push((start, end, Some(script)));
            *from = end;
        }
    };
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let Some(script) = scripts::of(c) else {
            // Vowel signs and other marks belong to the letter before them.
            if let Some((_, last, ..)) = &mut open
                && *last == at
                && !c.is_ascii()
                && !c.is_whitespace()
            {
                *last = end;
            }
            continue;
        };
        let foreign = script != Script::Latin && !script.fits(context);
        match &mut open {
            Some((_, last, own, letters))
                if foreign && (script == *own || script.fits(*own) || own.fits(script)) =>
            {
                *last = end;
                *letters += 1;
                if *own == Script::Han {
                    *own = script;
                }
            }
            _ => {
                close(&mut open, &mut from);
                open = foreign.then_some((at, end, script, 1));
            }
        }
    }
    close(&mut open, &mut from);
    if from < text.len() {
        out.push((from, text.len(), None));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_run_from_letter_to_letter() {
        let text = "see منتدى إدارة الإنترنت (IGF) and α";
        let found: Vec<_> = stretches(text, Script::Latin)
            .into_iter()
            .map(|(start, end, script)| (&text[start..end], script))
            .collect();
        assert_eq!(
            found,
            [
                ("see ", None),
                ("منتدى إدارة الإنترنت", Some(Script::Arabic)),
                (" (IGF) and α", None)
            ]
        );
    }

    #[test]
    fn japanese_may_use_chinese_characters() {
        assert_eq!(stretches("漢字", Script::Kana), [(0, 6, None)]);
        assert_eq!(
            stretches("漢字かな", Script::Latin),
            [(0, 12, Some(Script::Kana))]
        );
    }

    #[test]
    fn tags_are_checked() {
        for (tag, sound) in [
            ("en", true),
            ("pt-BR", true),
            ("zh-Hant-TW", true),
            ("english", false),
            ("e", false),
            ("en_GB", false),
            ("en\"x", false),
        ] {
            assert_eq!(is_tag(tag), sound, "{tag}");
        }
    }
}
