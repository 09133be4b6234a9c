//! Reading documents in which anything may stand.

use super::*;
use crate::document::{LoadLimits, load_document, new_document};
use crate::draft::{Draft, NewDraft};
use crate::edit::{Place, TextEditor};
use crate::ids::DocumentId;
use crate::keys::{CommentId, SectionId};
use crate::schema::discussion::Discussion;
use crate::schema::finding::{Findings, MAX_FINDINGS, Problem};
use crate::schema::migrate::{Migration, VersionError, migrate, require_current_version};
use crate::schema::record::Record;
use crate::schema::text::Text;
use crate::testing::{check_fixture, rng};
use automerge::transaction::Transactable;
use automerge::{ActorId, Automerge, ObjId, ObjType, ROOT, ReadDoc, ScalarValue};
use proptest::prelude::*;

mod fixtures;
mod hostile;
mod migration;

/// A value of any shape.
#[derive(Debug, Clone)]
enum Any {
    Scalar(ScalarValue),
    Text(String),
    List(Vec<Any>),
    Map(Vec<(String, Any)>),
}

impl Any {
    fn put(&self, transaction: &mut impl Transactable, parent: &ObjId, key: &str) {
        match self {
            Self::Scalar(value) => transaction.put(parent, key, value.clone()).unwrap(),
            Self::Text(text) => {
                let object = transaction.put_object(parent, key, ObjType::Text).unwrap();
                transaction.splice_text(&object, 0, 0, text).unwrap();
            }
            Self::Map(fields) => {
                let object = transaction.put_object(parent, key, ObjType::Map).unwrap();
                for (key, value) in fields {
                    value.put(transaction, &object, key);
                }
            }
            Self::List(items) => {
                let object = transaction.put_object(parent, key, ObjType::List).unwrap();
                for (index, item) in items.iter().enumerate() {
                    match item {
                        Self::Scalar(value) => {
                            transaction.insert(&object, index, value.clone()).unwrap();
                        }
                        _ => {
                            transaction
                                .insert_object(&object, index, ObjType::Map)
                                .unwrap();
                        }
                    }
                }
            }
        }
    }
}

fn text(text: &str) -> Any {
    Any::Text(text.to_owned())
}

fn string(text: &str) -> Any {
    Any::Scalar(text.into())
}

fn map(fields: &[(&str, Any)]) -> Any {
    Any::Map(
        fields
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect(),
    )
}

/// A document with these fields at its root.
fn document(fields: &[(&str, Any)]) -> Automerge {
    let mut document = new_document(ActorId::from([3; 16]));
    let mut transaction = document.transaction();
    for (key, value) in fields {
        value.put(&mut transaction, &ROOT, key);
    }
    transaction.commit();
    document
}

fn problems(findings: &Findings) -> Vec<(String, Problem)> {
    findings
        .as_slice()
        .iter()
        .map(|it| (it.path.clone(), it.problem))
        .collect()
}
