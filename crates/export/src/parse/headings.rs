//! Headings: which is the title, how the others are numbered, by which names they are found.

use super::builder::{Builder, HeadingDraft};
use super::captions;
use super::slugs::{self, Ids};
use super::typed::{self, Typed, TypedKind};
use super::{Notation, NotationKind};
use crate::diagnostics::Code;
use crate::model::{
    Heading, HeadingKind, InlineKind, Metadata, Span, Target, TargetKind, plain_text,
};

/// GitHub's slugs of a heading, by which links find it.
struct Names {
    /// Index of its target.
    target: u32,
    /// Of the heading as typed, where it has a typed number that was taken off.
    typed: Option<String>,
    /// Of the heading without a typed number.
    plain: String,
}

/// Numbers the headings and makes them findable. `title` is the index of the one that is the title.
pub(crate) fn number_headings<'a>(
    builder: &mut Builder<'a, '_>,
    drafts: Vec<HeadingDraft<'a>>,
    title: Option<usize>,
    metadata: &Metadata,
) -> Vec<Heading<'a>> {
    let mut numbering = Numbering::new(metadata, &drafts);
    if numbering.typed && !numbering.automatic && !builder.plain {
        let span = drafts.first().map_or(Span::default(), |draft| draft.span);
        builder.findings.add(Code::TypedNumbers, span, || {
            "headings carry typed numbers, so none are added; set `number-sections: true` in the front matter and remove them to have them follow your edits".to_owned()
        });
    }
    builder.expect_headings(drafts.len());
    let mut names = Vec::with_capacity(drafts.len());
    let mut headings = Vec::with_capacity(drafts.len());
    for (index, draft) in drafts.into_iter().enumerate() {
        let is_title = title == Some(index);
        headings.push(numbering.heading(builder, draft, index, is_title, &mut names));
    }
    name_headings(builder, &headings, names);
    headings
}

/// The words of the first heading, where that may be the title.
pub(crate) fn first_words(drafts: &[HeadingDraft<'_>]) -> Option<String> {
    drafts
        .first()
        .filter(|first| first.level == 1 && first.opens_section)
        .map(|first| tidy(plain_text(&first.inlines)))
}

/// The heading that is the report's title: the first one, when it is the only one of level 1 and
/// the front matter has no other title.
pub(crate) fn title_heading(
    drafts: &[HeadingDraft<'_>],
    metadata: &Metadata,
    builder: &Builder<'_, '_>,
) -> Option<usize> {
    let first = drafts
        .first()
        .filter(|first| first.level == 1 && first.opens_section && !builder.plain)?;
    let only = drafts
        .iter()
        .skip(1)
        .all(|draft| draft.level > 1 || !draft.opens_section);
    let text = tidy(plain_text(&first.inlines));
    let same = metadata
        .title
        .as_ref()
        .is_none_or(|title| tidy(title.clone()).to_lowercase() == text.to_lowercase());
    let marked = first.attributes.id.is_some() || first.attributes.has_class("appendix");
    (only && same && !marked && !text.is_empty()).then_some(0)
}

/// Numbers headings in one pass.
struct Numbering {
    /// Whether sections get numbers of ours.
    automatic: bool,
    /// Whether typed numbers are taken as the sections' own.
    typed: bool,
    /// Levels, as typed, of the sections that are open, and whether each is unnumbered.
    open: Vec<(u8, bool)>,
    counters: Vec<u32>,
    /// Depth of the annex that is open, and its letter.
    annex: Option<(usize, String)>,
    annexes: u32,
    recommendations: u32,
    last_level: Option<u8>,
}

impl Numbering {
    fn new(metadata: &Metadata, drafts: &[HeadingDraft<'_>]) -> Self {
        let sections = || {
            drafts
                .iter()
                .filter(|draft| draft.opens_section && draft.level > 1)
        };
        let typed = sections().filter(|draft| starts_with_number(draft)).count();
        let typed = typed >= 3 && typed * 3 >= sections().count();
        Self {
            automatic: metadata.number_sections.unwrap_or(!typed),
            typed,
            open: Vec::new(),
            counters: Vec::new(),
            annex: None,
            annexes: 0,
            recommendations: 0,
            last_level: None,
        }
    }

    fn heading<'a>(
        &mut self,
        builder: &mut Builder<'a, '_>,
        mut draft: HeadingDraft<'a>,
        index: usize,
        is_title: bool,
        names: &mut Vec<Names>,
    ) -> Heading<'a> {
        let plain = tidy(plain_text(&draft.inlines));
        if plain.is_empty() && !builder.plain {
            builder.findings.add(Code::EmptyHeading, draft.span, || {
                "this heading has no text; write one or remove it".to_owned()
            });
        }
        let loose = if is_title {
            Some(HeadingKind::Title)
        } else {
            (!draft.opens_section).then_some(HeadingKind::Loose)
        };
        let typed = if loose.is_none() && !builder.plain {
            self.take_typed(&mut draft)
        } else {
            None
        };
        let (kind, depth, number) = match loose {
            Some(kind) => (kind, 0, None),
            None => self.section(builder, &draft, typed.as_ref(), plain.is_empty()),
        };
        if is_title {
            self.last_level = Some(draft.level);
        }
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let at = draft
            .inlines
            .first()
            .map_or(draft.span.start, |inline| inline.span.start);
        if number.is_some() && typed.is_none() {
            let span = Span { start: at, end: at };
            builder.notation.push(Notation {
                span,
                kind: NotationKind::HeadingNumber(index),
            });
        }
        note_attributes(builder, &draft);
        let (plain, typed_slug) = match typed {
            Some(_) => (
                tidy(plain_text(&draft.inlines)),
                Some(slugs::github(&plain)),
            ),
            None => (plain, None),
        };
        let slug = slugs::github(&plain);
        let label = draft.attributes.id.as_deref();
        let id = builder.ids.unique(match label {
            Some(label) => {
                let name = label.strip_prefix("sec:").unwrap_or(label);
                format!("sec-{}", slugs::tame(name))
            }
            None if slug.is_empty() => format!("sec-{}", index + 1),
            None => format!("sec-{slug}"),
        });
        builder.targets.push(Target {
            id: id.clone(),
            kind: TargetKind::Heading(index),
        });
        let target = u32::try_from(builder.targets.len() - 1).unwrap_or(u32::MAX);
        if let Some(note) = draft.within {
            builder.in_notes.push((target, note));
        }
        names.push(Names {
            target,
            typed: typed_slug,
            plain: slug,
        });
        if let Some(label) = label {
            if builder.anchors.contains_key(label) {
                builder.findings.add(Code::DuplicateId, draft.span, || {
                    format!("the id {label} is used twice; references go to the first one")
                });
            } else {
                builder.anchors.insert(label.to_owned(), target);
            }
        }
        Heading {
            plain,
            level: draft.level,
            depth,
            kind,
            number,
            consensus: draft.attributes.get("consensus").map(str::to_owned),
            id,
            span: draft.span,
            language: draft.language,
            inlines: draft.inlines,
        }
    }

    /// Takes a typed number off a heading, where typed numbers count.
    fn take_typed(&self, draft: &mut HeadingDraft<'_>) -> Option<Typed> {
        let first = draft.inlines.first_mut()?;
        let InlineKind::Text(text) = &mut first.kind else {
            return None;
        };
        let found = typed::read(text)?;
        let counts = match found.kind {
            TypedKind::Section => self.typed && !draft.attributes.has_class("unnumbered"),
            TypedKind::Annex | TypedKind::Recommendation => true,
        };
        if !counts {
            return None;
        }
        captions::cut_start(text, found.length);
        first.span.start += u32::try_from(found.length).unwrap_or_default();
        if text.is_empty() {
            draft.inlines.remove(0);
        }
        Some(found)
    }

    /// Kind, depth and number of a heading that opens a section.
    fn section(
        &mut self,
        builder: &mut Builder<'_, '_>,
        draft: &HeadingDraft<'_>,
        typed: Option<&Typed>,
        empty: bool,
    ) -> (HeadingKind, u8, Option<String>) {
        let level = draft.level;
        if let Some(last) = self
            .last_level
            .filter(|last| level > last + 1 && !builder.plain)
        {
            builder.findings.add(Code::SkippedHeadingLevel, draft.span, || {
                format!("this heading of level {level} follows one of level {last}; it is shown one level below it, write it so")
            });
        }
        self.last_level = Some(level);
        while self.open.last().is_some_and(|(open, _)| *open >= level) {
            self.open.pop();
        }
        let within_unnumbered = self.open.last().is_some_and(|(_, unnumbered)| *unnumbered);
        let is_annex = draft.attributes.has_class("appendix")
            || typed.is_some_and(|typed| typed.kind == TypedKind::Annex);
        let unnumbered =
            (draft.attributes.has_class("unnumbered") || within_unnumbered) && !is_annex;
        self.open.push((level, unnumbered));
        let depth = self.open.len();
        let shown = u8::try_from(depth).unwrap_or(u8::MAX);
        let recommended = typed.filter(|typed| typed.kind == TypedKind::Recommendation);
        if recommended.is_some() || draft.attributes.has_class("recommendation") {
            return (
                HeadingKind::Recommendation,
                shown,
                Some(self.recommendation(recommended)),
            );
        }
        if is_annex {
            let letter = self.letter(typed);
            self.annex = Some((depth, letter.clone()));
            self.counters.truncate(depth);
            return (HeadingKind::Annex, shown, Some(letter));
        }
        if self
            .annex
            .as_ref()
            .is_some_and(|(annex, _)| depth <= *annex)
        {
            self.annex = None;
        }
        let kind = if self.annex.is_some() {
            HeadingKind::Annex
        } else {
            HeadingKind::Section
        };
        if let Some(typed) = typed {
            return (kind, shown, Some(typed.number.clone()));
        }
        let number = (self.automatic && !unnumbered && !empty).then(|| self.count(depth));
        (kind, shown, number)
    }

    fn recommendation(&mut self, typed: Option<&Typed>) -> String {
        match typed {
            Some(typed) => {
                self.recommendations = typed.number.parse().unwrap_or(self.recommendations + 1);
                typed.number.clone()
            }
            None => {
                self.recommendations += 1;
                self.recommendations.to_string()
            }
        }
    }

    /// The letter of the next annex: A to Z, then AA.
    fn letter(&mut self, typed: Option<&Typed>) -> String {
        self.annexes += 1;
        if let Some(typed) = typed {
            return typed.number.clone();
        }
        let mut rest = self.annexes;
        let mut out = Vec::new();
        while rest > 0 {
            rest -= 1;
            out.push(b'A' + u8::try_from(rest % 26).unwrap_or_default());
            rest /= 26;
        }
        out.iter().rev().map(|byte| char::from(*byte)).collect()
    }

    /// Counts one more section at this depth and gives its whole number.
    fn count(&mut self, depth: usize) -> String {
        self.counters.resize(depth, 0);
        self.counters[depth - 1] += 1;
        let base = self.annex.as_ref().map_or(0, |(annex, _)| *annex);
        let mut out = self
            .annex
            .as_ref()
            .map(|(_, letter)| letter.clone())
            .unwrap_or_default();
        // Unnumbered ancestors leave a zero, which is not printed.
        for counter in self
            .counters
            .iter()
            .skip(base)
            .filter(|counter| **counter > 0)
        {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(&counter.to_string());
        }
        out
    }
}

/// Notes where a heading's attributes stand: after its last inline, before its line ends.
fn note_attributes(builder: &mut Builder<'_, '_>, draft: &HeadingDraft<'_>) {
    if draft.attributes.is_empty() {
        return;
    }
    let after = draft
        .inlines
        .last()
        .map_or(draft.span.start, |inline| inline.span.end) as usize;
    let source = builder.text.source;
    let line = source
        .get(after..draft.span.end as usize)
        .and_then(|rest| rest.lines().next())
        .unwrap_or_default();
    if let (Some(start), Some(end)) = (line.find('{'), line.rfind('}')) {
        let span = Span::new(after + start, after + end + 1);
        builder.notation.push(Notation {
            span,
            kind: NotationKind::Drop,
        });
    }
}

fn starts_with_number(draft: &HeadingDraft<'_>) -> bool {
    match draft.inlines.first().map(|inline| &inline.kind) {
        Some(InlineKind::Text(text)) => {
            typed::read(text).is_some_and(|typed| typed.kind == TypedKind::Section)
        }
        _ => false,
    }
}

/// Makes headings findable by GitHub's slugs, after all ids that authors gave themselves, and by
/// their ids in the output.
fn name_headings(builder: &mut Builder<'_, '_>, headings: &[Heading<'_>], names: Vec<Names>) {
    let mut slugs = Ids::default();
    for (heading, names) in headings.iter().zip(names) {
        let Names {
            target,
            typed,
            plain,
        } = names;
        let unique = slugs.unique(typed.unwrap_or_else(|| plain.clone()));
        let same = unique == plain;
        builder.name(unique, target);
        if !same {
            builder.name(plain, target);
        }
        builder.name(heading.id.clone(), target);
    }
    for index in 0..builder.targets.len() {
        let target = &builder.targets[index];
        if !matches!(target.kind, TargetKind::Heading(_)) {
            let id = target.id.clone();
            builder.name(id, u32::try_from(index).unwrap_or(u32::MAX));
        }
    }
}

/// One space for any run of white space. Most text is so already and stays where it is.
fn tidy(text: String) -> String {
    let mut after_space = true;
    let untidy = text.chars().any(|c| {
        let before = std::mem::replace(&mut after_space, c.is_whitespace());
        after_space && (before || c != ' ')
    });
    if !untidy && !after_space {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}
