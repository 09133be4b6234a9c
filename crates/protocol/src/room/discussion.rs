//! Whose entry a change of the discussion touches, found out without applying it.
//!
//! The discussion is one document in which everybody has entries of their own, so permission for
//! the document is not enough. An object's id names the actor that made it, and an actor belongs
//! to one participant. So a change may
//!
//! - make an entry: a map at a key of `comments`, `suggestions` or `positions` that nothing stands
//!   at, with the author's own id as its `participant`;
//! - write into objects that an actor of its author made, whatever they hold;
//! - delete an entry that an actor of its author made.
//!
//! Everything else is refused: what stands at the root, another's entries and keys, entries put in
//! the place of others. What a change claims to replace is checked in the same way, as Automerge
//! would believe it.

use std::collections::{BTreeMap, BTreeSet};

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, Automerge, Change, ObjId, ObjType, ROOT, ReadDoc, ScalarValue};
use plenary_draft::document::contain;

/// The maps of the discussion in which entries stand.
pub(super) const ENTRY_MAPS: [&str; 3] = ["comments", "suggestions", "positions"];
/// The field of an entry that names its author.
const PARTICIPANT: &str = "participant";

/// An object as operations name it: the counter and the actor of the operation that made it.
type ObjectName = (u64, ActorId);

/// A key of one of the maps of entries.
pub(super) type EntryKey = (ObjectName, String);

/// The discussion as it stands, with the entries that were accepted and not applied yet.
pub(super) struct Entries {
    maps: BTreeMap<ObjectName, ObjId>,
    made: BTreeSet<EntryKey>,
}

/// A change touches what is not its author's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotTheirs;

impl Entries {
    /// Finds the maps of entries in a discussion.
    pub(super) fn of(discussion: &Automerge) -> Self {
        let maps = ENTRY_MAPS
            .into_iter()
            .filter_map(|name| {
                let (_, object) = discussion.get(ROOT, name).ok().flatten()?;
                match &object {
                    ObjId::Id(counter, actor, _) => Some(((*counter, actor.clone()), object)),
                    ObjId::Root => None,
                }
            })
            .collect();
        Self {
            maps,
            made: BTreeSet::new(),
        }
    }

    /// Whether `change` stays within what is its author's; `names_author` says whether an id is
    /// one of theirs, `is_theirs` whether an actor belongs to them. Returns the keys of the entries that it makes, for
    /// [`Entries::accept`].
    pub(super) fn check(
        &self,
        discussion: &Automerge,
        change: &Change,
        names_author: impl Fn(&str) -> bool,
        is_theirs: impl Fn(&ActorId) -> bool,
    ) -> Result<Vec<EntryKey>, NotTheirs> {
        // Decoding panics over operations that make no sense.
        let change = contain(|| change.decode()).map_err(|_| NotTheirs)?;
        let mut checked = Checked {
            entries: self,
            discussion,
            names_author,
            is_theirs,
            made: Vec::new(),
            unnamed: BTreeSet::new(),
        };
        let mut counter = change.start_op.get();
        for operation in &change.operations {
            checked.operation(operation, (counter, &change.actor_id))?;
            counter = counter.checked_add(1).ok_or(NotTheirs)?;
        }
        // Whoever makes an entry signs it in the same change.
        if checked.unnamed.is_empty() {
            Ok(checked.made)
        } else {
            Err(NotTheirs)
        }
    }

    /// Notes the entries of a change that was accepted.
    pub(super) fn accept(&mut self, made: Vec<EntryKey>) {
        self.made.extend(made);
    }

    fn is_taken(&self, discussion: &Automerge, map: &ObjId, key: &EntryKey) -> bool {
        self.made.contains(key)
            || discussion
                .get_all(map, key.1.as_str())
                .map_or(true, |values| !values.is_empty())
    }
}

/// A change on its way through the check.
struct Checked<'a, N, F> {
    entries: &'a Entries,
    discussion: &'a Automerge,
    names_author: N,
    is_theirs: F,
    made: Vec<EntryKey>,
    /// Entries that the change has made and not signed yet.
    unnamed: BTreeSet<ObjectName>,
}

impl<N: Fn(&str) -> bool, F: Fn(&ActorId) -> bool> Checked<'_, N, F> {
    /// Looks at one operation, which has this id itself.
    fn operation(&mut self, operation: &Op, id: (u64, &ActorId)) -> Result<(), NotTheirs> {
        let ObjectId::Id(object) = &operation.obj else {
            return Err(NotTheirs);
        };
        let replaced = operation.pred.iter();
        if !replaced.map(OpId::actor).all(&self.is_theirs) {
            return Err(NotTheirs);
        }
        let name = (object.counter(), object.actor().clone());
        match self.entries.maps.get(&name) {
            Some(map) => self.entry(operation, &name, map, id),
            None => self.within(operation, &name),
        }
    }

    /// An operation on one of the maps of entries.
    fn entry(
        &mut self,
        operation: &Op,
        name: &ObjectName,
        map: &ObjId,
        (counter, actor): (u64, &ActorId),
    ) -> Result<(), NotTheirs> {
        let (Key::Map(key), false) = (&operation.key, operation.insert) else {
            return Err(NotTheirs);
        };
        let key = (name.clone(), key.to_string());
        match operation.action {
            OpType::Make(ObjType::Map) if operation.pred.is_empty() => {
                if self.made.contains(&key) || self.entries.is_taken(self.discussion, map, &key) {
                    return Err(NotTheirs);
                }
                self.made.push(key);
                self.unnamed.insert((counter, actor.clone()));
                Ok(())
            }
            OpType::Delete if !operation.pred.is_empty() => Ok(()),
            _ => Err(NotTheirs),
        }
    }

    /// An operation on an object that is part of an entry.
    fn within(&mut self, operation: &Op, object: &ObjectName) -> Result<(), NotTheirs> {
        if !(self.is_theirs)(&object.1) {
            return Err(NotTheirs);
        }
        match &operation.key {
            Key::Seq(ElementId::Id(element)) if !(self.is_theirs)(element.actor()) => {
                Err(NotTheirs)
            }
            Key::Map(key) if key == PARTICIPANT => {
                let signs = matches!(
                    &operation.action,
                    OpType::Put(ScalarValue::Str(name)) if (self.names_author)(name)
                );
                self.unnamed.remove(object);
                if signs { Ok(()) } else { Err(NotTheirs) }
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
