//! Numbers what is numbered and finds what is referred to. Works on the flat tables beside the
//! tree; the tree itself is not walked again.

use std::collections::HashMap;

use super::builder::{Builder, Built, HeadingDraft, note_key};
use super::captions;
use super::slugs;
use super::typed::{self, Typed, TypedKind};
use super::{Notation, NotationKind, ParseOptions};
use crate::diagnostics::Code;
use crate::error::ParseError;
use crate::model::{
    Heading, HeadingKind, InlineKind, Metadata, NoteReference, Report, Span, Target, TargetKind,
    plain_text,
};

/// Makes the report of what the builder has gathered.
pub(crate) fn report<'a>(
    built: Built<'a, '_>,
    source: &'a str,
    metadata: Metadata,
    body_start: usize,
    options: &ParseOptions,
) -> Result<Report<'a>, ParseError> {
    let (mut builder, blocks) = built;
    let drafts = std::mem::take(&mut builder.headings);
    let title_heading = title_heading(&drafts, &metadata, &builder);
    let title = metadata
        .title
        .clone()
        .or_else(|| {
            drafts
                .first()
                .filter(|first| first.level == 1 && first.opens_section)
                .map(|first| tidy(&plain_text(&first.inlines)))
        })
        .filter(|title| !title.is_empty())
        .or_else(|| options.fallback_title.clone())
        .unwrap_or_default();
    let headings = Numbering::new(&metadata, &drafts).number(&mut builder, drafts, title_heading);
    define_headings(&mut builder, &headings);
    let (note_references, note_order) = number_notes(&mut builder);
    resolve_references(&mut builder);
    check_links(&mut builder);
    let Builder {
        findings,
        footnotes,
        references,
        targets,
        anchors,
        languages,
        notation,
        ..
    } = builder;
    Ok(Report {
        source,
        title,
        blocks,
        headings,
        footnotes,
        note_order,
        note_references,
        references,
        targets,
        anchors,
        languages: languages.list,
        abbreviations: metadata.abbreviations.clone(),
        diagnostics: findings.finish(source),
        notation,
        body_start: Span::new(body_start, body_start).start,
        metadata,
    })
}

/// One space for any run of white space.
fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The heading that is the report's title: the first one, when it is the only one of level 1 and
/// the front matter has no other title.
fn title_heading(
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
    let text = tidy(&plain_text(&first.inlines));
    let same = metadata
        .title
        .as_ref()
        .is_none_or(|title| tidy(title).to_lowercase() == text.to_lowercase());
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

    fn number<'a>(
        mut self,
        builder: &mut Builder<'a, '_>,
        drafts: Vec<HeadingDraft<'a>>,
        title: Option<usize>,
    ) -> Vec<Heading<'a>> {
        if self.typed && !self.automatic && !builder.plain {
            let span = drafts.first().map_or(Span::default(), |draft| draft.span);
            builder.findings.add(Code::TypedNumbers, span, || {
                "headings carry typed numbers, so none are added; set `number-sections: true` in the front matter and remove them to have them follow your edits".to_owned()
            });
        }
        drafts
            .into_iter()
            .enumerate()
            .map(|(index, draft)| {
                let is_title = title == Some(index);
                self.heading(builder, draft, index, is_title)
            })
            .collect()
    }

    fn heading<'a>(
        &mut self,
        builder: &mut Builder<'a, '_>,
        mut draft: HeadingDraft<'a>,
        index: usize,
        is_title: bool,
    ) -> Heading<'a> {
        let plain = tidy(&plain_text(&draft.inlines));
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
        let plain = if typed.is_some() {
            tidy(&plain_text(&draft.inlines))
        } else {
            plain
        };
        let label = draft.attributes.id.as_deref();
        let own = label.map(|label| slugs::tame(label.strip_prefix("sec:").unwrap_or(label)));
        let slug = own.unwrap_or_else(|| slugs::github(&plain));
        let slug = if slug.is_empty() {
            (index + 1).to_string()
        } else {
            slug
        };
        let id = builder.ids.unique(&format!("sec-{slug}"));
        builder.targets.push(Target {
            id: id.clone(),
            kind: TargetKind::Heading(index),
        });
        let target = u32::try_from(builder.targets.len() - 1).unwrap_or(u32::MAX);
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
    let after = draft
        .inlines
        .last()
        .map_or(draft.span.start, |inline| inline.span.end) as usize;
    let source = builder.text.source;
    let line = source
        .get(after..draft.span.end as usize)
        .and_then(|rest| rest.lines().next())
        .unwrap_or_default();
    let marked = draft.attributes != super::attributes::Attributes::default();
    if let (true, Some(start), Some(end)) = (marked, line.find('{'), line.rfind('}')) {
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

/// Makes headings findable by GitHub's slugs, after all ids that authors gave themselves.
fn define_headings(builder: &mut Builder<'_, '_>, headings: &[Heading<'_>]) {
    let mut slugs = slugs::Ids::default();
    let by_heading: Vec<(u32, u32)> = builder
        .targets
        .iter()
        .zip(0u32..)
        .filter_map(|(target, index)| match target.kind {
            TargetKind::Heading(heading) => Some((heading, index)),
            _ => None,
        })
        .collect();
    for (heading, target) in by_heading {
        let Some(heading) = headings.get(heading as usize) else {
            continue;
        };
        // GitHub's slug comes from the heading as typed, its typed number included.
        let typed = builder
            .text
            .source
            .get(heading.span.range())
            .unwrap_or_default();
        let typed = typed
            .trim_start_matches(['#', ' '])
            .lines()
            .next()
            .unwrap_or_default();
        let whole = if heading.number.is_some() {
            typed.split(" {").next().unwrap_or_default()
        } else {
            &heading.plain
        };
        for slug in [
            slugs.unique(&slugs::github(whole)),
            slugs::github(&heading.plain),
            heading.id.clone(),
        ] {
            if !slug.is_empty() {
                builder.anchors.entry(slug).or_insert(target);
            }
        }
    }
    for (index, target) in builder.targets.iter().enumerate() {
        if !matches!(target.kind, TargetKind::Heading(_)) {
            builder
                .anchors
                .entry(target.id.clone())
                .or_insert(u32::try_from(index).unwrap_or(u32::MAX));
        }
    }
}

/// Numbers footnotes by first reference in reading order: the text first, then the footnotes in the
/// order of their numbers.
fn number_notes(builder: &mut Builder<'_, '_>) -> (Vec<NoteReference>, Vec<u32>) {
    let mut by_key: HashMap<String, u32> = HashMap::with_capacity(builder.footnotes.len());
    for (index, footnote) in builder.footnotes.iter().enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let mut fresh = false;
        by_key.entry(note_key(&footnote.label)).or_insert_with(|| {
            fresh = true;
            index
        });
        if !fresh {
            builder
                .findings
                .add(Code::DuplicateFootnote, footnote.span, || {
                    format!(
                        "the footnote [^{}] is defined twice; the first one is used",
                        footnote.label
                    )
                });
        }
    }
    let drafts = std::mem::take(&mut builder.notes);
    let mut within: HashMap<u32, Vec<usize>> = HashMap::new();
    let mut references: Vec<NoteReference> = Vec::with_capacity(drafts.len());
    let mut queue = Vec::new();
    for (index, draft) in drafts.iter().enumerate() {
        let note = by_key.get(&draft.key).copied().unwrap_or(u32::MAX);
        references.push(NoteReference {
            note,
            occurrence: 0,
            within: draft.within,
            span: draft.span,
        });
        match draft.within {
            Some(outer) => within.entry(outer).or_default().push(index),
            None => queue.push(index),
        }
    }
    let mut order: Vec<u32> = Vec::new();
    let mut next_note = 0;
    loop {
        for index in queue.drain(..) {
            let note = references[index].note;
            let Some(footnote) = builder.footnotes.get_mut(note as usize) else {
                continue;
            };
            if footnote.number.is_none() {
                order.push(note);
                footnote.number = u32::try_from(order.len()).ok();
            }
            footnote
                .references
                .push(u32::try_from(index).unwrap_or(u32::MAX));
            references[index].occurrence =
                u32::try_from(footnote.references.len()).unwrap_or(u32::MAX);
        }
        let Some(note) = order.get(next_note) else {
            break;
        };
        queue = within.remove(note).unwrap_or_default();
        next_note += 1;
    }
    for (index, footnote) in builder.footnotes.iter().enumerate() {
        let counts = by_key
            .get(&note_key(&footnote.label))
            .is_some_and(|first| *first as usize == index);
        if footnote.number.is_none() && counts {
            builder
                .findings
                .add(Code::UnusedFootnote, footnote.span, || {
                    format!(
                        "nothing refers to the footnote [^{}], so it is left out",
                        footnote.label
                    )
                });
        }
    }
    (references, order)
}

fn resolve_references(builder: &mut Builder<'_, '_>) {
    for reference in &mut builder.references {
        reference.target = builder
            .anchors
            .get(reference.label.as_ref())
            .copied()
            .or_else(|| {
                // pandoc's own ids have no prefix: `{#x}` is found by `@sec:x` as well.
                builder.anchors.get(&reference.label[4..]).copied()
            });
        if reference.target.is_none() {
            builder
                .findings
                .add(Code::BrokenReference, reference.span, || {
                    format!(
                        "@{} names nothing; give its target the id {{#{}}}",
                        reference.label, reference.label
                    )
                });
        }
    }
}

fn check_links(builder: &mut Builder<'_, '_>) {
    let links = std::mem::take(&mut builder.internal_links);
    for (fragment, span) in links {
        let known = fragment.is_empty()
            || builder.anchors.contains_key(fragment.as_ref())
            || super::percent_decode(&fragment).is_some_and(|name| {
                builder.anchors.contains_key(&name)
                    || builder.anchors.contains_key(&name.to_lowercase())
            });
        if !known {
            builder.findings.add(Code::BrokenLink, span, || {
                format!("the link to #{fragment} names nothing in this report")
            });
        }
    }
}
