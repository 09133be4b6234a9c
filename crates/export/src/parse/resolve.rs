//! Numbers what is numbered and finds what is referred to. Works on the flat tables beside the
//! tree; the tree itself is not walked again.

use std::collections::{HashMap, HashSet};

use super::ParseOptions;
use super::builder::{Builder, Built, note_key};
use super::headings::{first_words, number_headings, title_heading};
use crate::diagnostics::Code;
use crate::error::ParseError;
use crate::model::{Metadata, NoteReference, Report, Span};

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
        .or_else(|| first_words(&drafts))
        .filter(|title| !title.is_empty())
        .or_else(|| options.fallback_title.clone())
        .unwrap_or_default();
    let headings = number_headings(&mut builder, drafts, title_heading, &metadata);
    let (note_references, note_order) = number_notes(&mut builder);
    forget_left_out(&mut builder);
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

/// Takes the names from what stands in footnotes that are left out: nothing can lead there.
fn forget_left_out(builder: &mut Builder<'_, '_>) {
    let footnotes = &builder.footnotes;
    let left_out: HashSet<u32> = std::mem::take(&mut builder.in_notes)
        .into_iter()
        .filter(|(_, note)| {
            footnotes
                .get(*note as usize)
                .is_none_or(|footnote| footnote.number.is_none())
        })
        .map(|(target, _)| target)
        .collect();
    if !left_out.is_empty() {
        builder
            .anchors
            .retain(|_, target| !left_out.contains(target));
    }
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
