//! The document format: what stands where in the three documents, and reading it whatever stands
//! there. docs/document-format.md describes the same for other languages.

pub mod discussion;
mod fields;
pub mod finding;
pub mod migrate;
mod node;
pub mod record;
pub mod text;
pub mod words;

pub(crate) use fields::{Field, Fields, put_entry, put_fields};
pub(crate) use node::Node;

/// The version of the format that this program writes. It stands as `plenary` at the record's root
/// and counts for all three documents.
pub const SCHEMA_VERSION: u32 = 1;

/// The names of maps and fields that more than one module uses.
pub(crate) mod names {
    pub(crate) const VERSION: &str = "plenary";
    pub(crate) const TEXT: &str = "text";
    pub(crate) const DISCUSSION: &str = "discussion";
    pub(crate) const CREATED: &str = "created";
    pub(crate) const STAGE: &str = "stage";
    pub(crate) const STAGES: &str = "stages";
    pub(crate) const MILESTONES: &str = "milestones";
    pub(crate) const RECOMMENDATIONS: &str = "recommendations";
    pub(crate) const DESIGNATIONS: &str = "designations";
    pub(crate) const SUGGESTION_STATUSES: &str = "suggestionStatuses";
    pub(crate) const DISPOSITIONS: &str = "dispositions";
    pub(crate) const ACTORS: &str = "actors";
    pub(crate) const ATTACHMENTS: &str = "attachments";
    pub(crate) const GROUPS: &str = "groups";
    pub(crate) const MODERATIONS: &str = "moderations";

    pub(crate) const TITLE: &str = "title";
    pub(crate) const METADATA: &str = "metadata";
    pub(crate) const LINE_ENDING: &str = "lineEnding";
    pub(crate) const BYTE_ORDER_MARK: &str = "byteOrderMark";
    pub(crate) const LINE_ENDING_EXCEPTIONS: &str = "lineEndingExceptions";
    pub(crate) const SECTIONS: &str = "sections";
    pub(crate) const SPLITS: &str = "splits";
    pub(crate) const ORDER: &str = "order";

    pub(crate) const COMMENTS: &str = "comments";
    pub(crate) const SUGGESTIONS: &str = "suggestions";
    pub(crate) const POSITIONS: &str = "positions";
}

#[cfg(test)]
mod tests;
