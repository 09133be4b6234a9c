//! Bundles: a draft in one `.plenary` file, to keep, to mail, to export from, to import elsewhere.
//!
//! A bundle is a zip archive of stored (not deflated) entries in a fixed order with a fixed date,
//! so that the same draft always gives the same bytes.

mod archive;

use automerge::ChangeHash;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

use crate::document::{LoadError, LoadLimits, load_document};
use crate::draft::{Draft, DraftDocument};
use crate::ids::{DocumentId, DocumentIdError};
use crate::keys::{GroupId, ParticipantId};
use crate::schema::SCHEMA_VERSION;
use crate::schema::migrate::{VersionError, schema_version};
use crate::schema::record::Record;
use crate::schema::text::Text;

use archive::{Archive, write_archive};

/// The version of the bundle format that this program writes.
pub const BUNDLE_VERSION: u32 = 1;

const MANIFEST: &str = "manifest.json";
const RECORD: &str = "record.automerge";
const TEXT: &str = "text.automerge";
const DISCUSSION: &str = "discussion.automerge";
const PEOPLE: &str = "people.json";
const ATTACHMENTS: &str = "attachments/";

/// A draft with everything that belongs to it.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// The three documents.
    pub draft: Draft,
    /// The people, as they may be disclosed to whoever gets the bundle.
    pub people: Vec<Person>,
    /// The attachments, by the SHA-256 of their bytes in hexadecimal.
    pub attachments: BTreeMap<String, Vec<u8>>,
}

/// A participant, as far as they may be disclosed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their id in the documents.
    pub participant: ParticipantId,
    /// Their name; absent when it is not disclosed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affiliation: Option<String>,
    /// Their stakeholder group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
}

/// Bounds for reading a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BundleLimits {
    /// Bytes of the whole file.
    pub file_bytes: u64,
    /// Entries of the archive.
    pub entries: usize,
    /// Bytes of the manifest and of the list of people, each, after inflating.
    pub json_bytes: u64,
    /// Bytes of one attachment after inflating.
    pub attachment_bytes: u64,
    /// Bounds for each of the three documents.
    pub documents: LoadLimits,
}

impl Default for BundleLimits {
    fn default() -> Self {
        Self {
            file_bytes: 512 << 20,
            entries: 1000,
            json_bytes: 4 << 20,
            attachment_bytes: 64 << 20,
            documents: LoadLimits::default(),
        }
    }
}

/// What is wrong with a bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The file is not a zip archive, or it is damaged.
    #[error("not a Plenary bundle: the file cannot be read as a zip archive ({0})")]
    NotAnArchive(String),
    /// The archive could not be written.
    #[error("the bundle could not be written: {0}")]
    NotWritten(String),
    /// The file or a part of it is larger than allowed.
    #[error("{part} of the bundle is larger than the limit of {limit}")]
    TooLarge {
        /// The part.
        part: String,
        /// The limit, in bytes or entries.
        limit: u64,
    },
    /// A part is missing.
    #[error("the bundle lacks {0}: it was not written completely, or parts were taken out")]
    Missing(String),
    /// A part is not what the manifest says.
    #[error("{0} of the bundle does not fit the manifest: it was changed or damaged")]
    Mismatch(String),
    /// A part in JSON cannot be read.
    #[error("{part} of the bundle cannot be read: {problem}")]
    BadJson {
        /// The part.
        part: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// The bundle was written by a newer program.
    #[error(
        "this bundle has version {found}, and this program knows versions up to {BUNDLE_VERSION}: \
         install a newer Plenary to open it"
    )]
    TooNew {
        /// The bundle's version.
        found: u64,
    },
    /// The draft was written by a newer program, or the record is none.
    #[error(transparent)]
    Version(#[from] VersionError),
    /// A document id in the manifest is none.
    #[error("the manifest names a document badly: {0}")]
    BadId(#[from] DocumentIdError),
    /// A document cannot be loaded.
    #[error("{part} of the bundle cannot be loaded: {error}")]
    Document {
        /// The part.
        part: &'static str,
        /// Why.
        error: LoadError,
    },
}

/// The manifest, as it stands in the bundle.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    /// The version of the bundle format.
    plenary_bundle: u64,
    /// The version of the documents' format.
    schema: i64,
    title: String,
    record: DocumentPart,
    text: DocumentPart,
    discussion: DocumentPart,
    people: Part,
    attachments: BTreeMap<String, AttachmentPart>,
}

#[derive(Debug, Serialize, Deserialize)]
struct DocumentPart {
    id: String,
    heads: Vec<String>,
    sha256: String,
    bytes: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Part {
    sha256: String,
    bytes: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct AttachmentPart {
    bytes: u64,
}

impl Bundle {
    /// Writes the bundle. The same draft, people and attachments give the same bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, BundleError> {
        let saved = |document: &DraftDocument| document.document.save();
        let (record, text, discussion) = (
            saved(&self.draft.record),
            saved(&self.draft.text),
            saved(&self.draft.discussion),
        );
        let mut sorted = self.people.clone();
        sorted.sort_by(|one, two| one.participant.cmp(&two.participant));
        let people = to_json(PEOPLE, &sorted)?;
        for (sha256, bytes) in &self.attachments {
            if hex_sha256(bytes) != *sha256 {
                return Err(BundleError::Mismatch(format!("{ATTACHMENTS}{sha256}")));
            }
        }
        let manifest = Manifest {
            plenary_bundle: u64::from(BUNDLE_VERSION),
            schema: schema_version(&self.draft.record.document)?,
            title: Text::read(&self.draft.text.document).title,
            record: DocumentPart::of(&self.draft.record, &record),
            text: DocumentPart::of(&self.draft.text, &text),
            discussion: DocumentPart::of(&self.draft.discussion, &discussion),
            people: Part {
                sha256: hex_sha256(&people),
                bytes: people.len() as u64,
            },
            attachments: self
                .attachments
                .iter()
                .map(|(sha256, bytes)| {
                    let bytes = bytes.len() as u64;
                    (sha256.clone(), AttachmentPart { bytes })
                })
                .collect(),
        };
        let manifest = to_json(MANIFEST, &manifest)?;
        let mut entries: Vec<(String, &[u8])> = vec![
            (MANIFEST.to_owned(), &manifest),
            (RECORD.to_owned(), &record),
            (TEXT.to_owned(), &text),
            (DISCUSSION.to_owned(), &discussion),
            (PEOPLE.to_owned(), &people),
        ];
        for (sha256, bytes) in &self.attachments {
            entries.push((format!("{ATTACHMENTS}{sha256}"), bytes));
        }
        write_archive(&entries)
    }

    /// Reads a bundle within `limits`. An older version of the documents' format is returned as it
    /// is; [`crate::migrate`] brings it up to date.
    pub fn from_bytes(bytes: &[u8], limits: &BundleLimits) -> Result<Self, BundleError> {
        let mut archive = Archive::open(bytes, limits)?;
        let manifest = archive.read(MANIFEST, limits.json_bytes)?;
        let manifest = read_manifest(&manifest)?;
        let mut load = |name: &'static str, part: &DocumentPart| {
            let bytes = archive.read(name, limits.documents.stored_bytes)?;
            part.load(name, &bytes, &limits.documents)
        };
        let draft = Draft {
            record: load(RECORD, &manifest.record)?,
            text: load(TEXT, &manifest.text)?,
            discussion: load(DISCUSSION, &manifest.discussion)?,
        };
        check_record(&draft)?;
        let people = archive.read(PEOPLE, limits.json_bytes)?;
        if hex_sha256(&people) != manifest.people.sha256 {
            return Err(BundleError::Mismatch(PEOPLE.to_owned()));
        }
        let mut attachments = BTreeMap::new();
        for sha256 in manifest.attachments.into_keys() {
            let name = format!("{ATTACHMENTS}{sha256}");
            let bytes = archive.read(&name, limits.attachment_bytes)?;
            if hex_sha256(&bytes) != sha256 {
                return Err(BundleError::Mismatch(name));
            }
            attachments.insert(sha256, bytes);
        }
        Ok(Self {
            draft,
            people: from_json(PEOPLE, &people)?,
            attachments,
        })
    }
}

impl DocumentPart {
    fn of(document: &DraftDocument, saved: &[u8]) -> Self {
        let heads = document.document.get_heads();
        Self {
            id: document.id.to_string(),
            heads: heads.iter().map(ChangeHash::to_string).collect(),
            sha256: hex_sha256(saved),
            bytes: saved.len() as u64,
        }
    }

    fn load(
        &self,
        part: &'static str,
        bytes: &[u8],
        limits: &LoadLimits,
    ) -> Result<DraftDocument, BundleError> {
        if hex_sha256(bytes) != self.sha256 {
            return Err(BundleError::Mismatch(part.to_owned()));
        }
        let id: DocumentId = self.id.parse()?;
        let document =
            load_document(bytes, limits).map_err(|error| BundleError::Document { part, error })?;
        let heads = document.get_heads();
        if !heads
            .iter()
            .map(ChangeHash::to_string)
            .eq(self.heads.iter().cloned())
        {
            return Err(BundleError::Mismatch(part.to_owned()));
        }
        Ok(DraftDocument { id, document })
    }
}

/// The version alone is read first: of a newer format nothing else is known.
fn read_manifest(bytes: &[u8]) -> Result<Manifest, BundleError> {
    #[derive(Deserialize)]
    struct Version {
        plenary_bundle: u64,
    }
    let version: Version = from_json(MANIFEST, bytes)?;
    if version.plenary_bundle > u64::from(BUNDLE_VERSION) {
        return Err(BundleError::TooNew {
            found: version.plenary_bundle,
        });
    }
    from_json(MANIFEST, bytes)
}

fn check_record(draft: &Draft) -> Result<(), BundleError> {
    let found = schema_version(&draft.record.document)?;
    if found > i64::from(SCHEMA_VERSION) {
        return Err(VersionError::TooNew { found }.into());
    }
    let record = Record::read(&draft.record.document);
    for (part, named, there) in [
        (TEXT, record.text, draft.text.id),
        (DISCUSSION, record.discussion, draft.discussion.id),
    ] {
        if named != Some(there) {
            return Err(BundleError::Mismatch(part.to_owned()));
        }
    }
    Ok(())
}

fn to_json(part: &'static str, value: &impl Serialize) -> Result<Vec<u8>, BundleError> {
    let mut json = serde_json::to_vec_pretty(value).map_err(|error| BundleError::BadJson {
        part,
        problem: error.to_string(),
    })?;
    json.push(b'\n');
    Ok(json)
}

fn from_json<T: for<'a> Deserialize<'a>>(
    part: &'static str,
    bytes: &[u8],
) -> Result<T, BundleError> {
    serde_json::from_slice(bytes).map_err(|error| BundleError::BadJson {
        part,
        problem: error.to_string(),
    })
}

/// The SHA-256 of some bytes in hexadecimal, as attachments are named.
pub fn hex_sha256(bytes: &[u8]) -> String {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    ChangeHash(digest).to_string()
}

#[cfg(test)]
mod tests;
