//! The draft as Automerge documents: schema, edits, anchors, history, bundles.
//!
//! This crate is pure: it does no I/O, reads no clock and draws no randomness. Whoever calls it
//! passes the time (milliseconds since the Unix epoch) and a random source in.

pub mod anchor;
pub mod bundle;
pub mod chunk;
pub mod document;
pub mod draft;
pub mod edit;
pub mod held;
pub mod history;
pub mod ids;
pub mod keys;
pub mod read;
pub mod schema;
pub mod sections;
pub mod source;
pub mod units;

#[cfg(test)]
mod testing;

pub use anchor::{Anchor, AnchorError, AnchorState};
pub use bundle::{Bundle, BundleError, BundleLimits, Person};
pub use document::{LoadError, LoadLimits, load_document, new_document, random_actor};
pub use draft::{CreateError, Draft, DraftDocument, NewDraft};
pub use edit::{
    DiscussionEditor, EditError, Edited, GroupChoice, Place, RecordEditor, Splice, TextEditor,
};
pub use held::{EntryDifference, HeldError, SectionDifference, held_entries, held_sections};
pub use history::{
    ChangeInfo, Passage, PassageKind, Span, UnknownHeads, attribution, changes, changes_between,
    difference,
};
pub use ids::{DocumentId, DocumentIdError};
pub use keys::{
    CommentId, EntryId, GroupId, MilestoneId, ParticipantId, PositionId, RecommendationId,
    SectionId, SuggestionId,
};
pub use read::{Heading, WordCount};
pub use schema::SCHEMA_VERSION;
pub use schema::discussion::Discussion;
pub use schema::finding::{Finding, Findings, Problem};
pub use schema::migrate::{
    Migration, VersionError, migrate, require_current_version, schema_version,
};
pub use schema::record::Record;
pub use schema::text::{Section, Text};
pub use schema::words::Stage;
pub use source::{LineEnding, Source, SourceError};
