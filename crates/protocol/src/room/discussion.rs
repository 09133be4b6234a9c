//! Whose entry a change of the discussion touches, found out without applying it.
//!
//! The discussion is one document in which everybody has entries of their own, so permission for
//! the document is not enough. An object's id names the actor that made it, and an actor belongs
//! to one participant. So a change may
//!
//! - make an entry: a map at a key of `comments`, `suggestions` or `positions` that nothing stands
//!   at, with the author's own id as its `participant`;
//! - say in the same change, and never later, on whose `behalf` a facilitator makes it;
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

use super::types::ParticipantId;

/// The maps of the discussion in which entries stand.
pub(super) const ENTRY_MAPS: [&str; 3] = ["comments", "suggestions", "positions"];
/// The field of an entry that names its author.
const PARTICIPANT: &str = "participant";
/// The field of an entry that names for whom its author entered it.
const BEHALF: &str = "behalf";

/// An object as operations name it: the counter and the actor of the operation that made it.
type ObjectName = (u64, ActorId);

/// A key of one of the maps of entries.
pub(super) type EntryKey = (ObjectName, String);

/// The discussion as it stands, with the entries that were accepted and not applied yet.
pub(super) struct Entries {
    maps: BTreeMap<ObjectName, ObjId>,
    made: BTreeSet<EntryKey>,
}

/// Why a change of the discussion is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overstep {
    /// It touches what is not its author's.
    Foreign,
    /// It lets somebody speak for whom its author does not enter anything.
    Behalf,
}

/// What an allowed change makes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Made {
    /// The keys of the entries.
    keys: Vec<EntryKey>,
    /// Entries that were entered on somebody's behalf, each with that somebody's id.
    pub(super) for_others: Vec<(String, ParticipantId)>,
}

/// Who makes a change, as far as it matters for the discussion.
pub(super) struct Author<N, F, B> {
    /// Whether an id is one of theirs.
    pub(super) names: N,
    /// Whether an actor belongs to them.
    pub(super) owns: F,
    /// Whether they may enter something on behalf of the participant with this id.
    pub(super) may_stand_for: B,
}

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

    /// Whether `change` stays within what is its author's. Returns what it makes, for
    /// [`Entries::accept`].
    pub(super) fn check<N, F, B>(
        &self,
        discussion: &Automerge,
        change: &Change,
        author: &Author<N, F, B>,
    ) -> Result<Made, Overstep>
    where
        N: Fn(&str) -> bool,
        F: Fn(&ActorId) -> bool,
        B: Fn(&str) -> bool,
    {
        // Decoding panics over operations that make no sense.
        let change = contain(|| change.decode()).map_err(|_| Overstep::Foreign)?;
        let mut checked = Checked {
            entries: self,
            discussion,
            author,
            made: Made::default(),
            unnamed: BTreeSet::new(),
            fresh: BTreeMap::new(),
        };
        let mut counter = change.start_op.get();
        for operation in &change.operations {
            checked.operation(operation, (counter, &change.actor_id))?;
            counter = counter.checked_add(1).ok_or(Overstep::Foreign)?;
        }
        // Whoever makes an entry signs it in the same change.
        if checked.unnamed.is_empty() {
            Ok(checked.made)
        } else {
            Err(Overstep::Foreign)
        }
    }

    /// Notes the entries of a change that was accepted.
    pub(super) fn accept(&mut self, made: &Made) {
        self.made.extend(made.keys.iter().cloned());
    }

    fn is_taken(&self, discussion: &Automerge, map: &ObjId, key: &EntryKey) -> bool {
        self.made.contains(key)
            || discussion
                .get_all(map, key.1.as_str())
                .map_or(true, |values| !values.is_empty())
    }
}

/// A change on its way through the check.
struct Checked<'a, N, F, B> {
    entries: &'a Entries,
    discussion: &'a Automerge,
    author: &'a Author<N, F, B>,
    made: Made,
    /// Entries that the change has made and not signed yet.
    unnamed: BTreeSet<ObjectName>,
    /// Entries that the change has made, with their keys.
    fresh: BTreeMap<ObjectName, String>,
}

impl<N, F, B> Checked<'_, N, F, B>
where
    N: Fn(&str) -> bool,
    F: Fn(&ActorId) -> bool,
    B: Fn(&str) -> bool,
{
    /// Looks at one operation, which has this id itself.
    fn operation(&mut self, operation: &Op, id: (u64, &ActorId)) -> Result<(), Overstep> {
        let ObjectId::Id(object) = &operation.obj else {
            return Err(Overstep::Foreign);
        };
        let replaced = operation.pred.iter();
        if !replaced.map(OpId::actor).all(&self.author.owns) {
            return Err(Overstep::Foreign);
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
    ) -> Result<(), Overstep> {
        let (Key::Map(key), false) = (&operation.key, operation.insert) else {
            return Err(Overstep::Foreign);
        };
        let key = (name.clone(), key.to_string());
        match operation.action {
            OpType::Make(ObjType::Map) if operation.pred.is_empty() => {
                if self.made.keys.contains(&key)
                    || self.entries.is_taken(self.discussion, map, &key)
                {
                    return Err(Overstep::Foreign);
                }
                let entry = (counter, actor.clone());
                self.fresh.insert(entry.clone(), key.1.clone());
                self.made.keys.push(key);
                self.unnamed.insert(entry);
                Ok(())
            }
            OpType::Delete if !operation.pred.is_empty() => Ok(()),
            _ => Err(Overstep::Foreign),
        }
    }

    /// An operation on an object that is part of an entry.
    fn within(&mut self, operation: &Op, object: &ObjectName) -> Result<(), Overstep> {
        if !(self.author.owns)(&object.1) {
            return Err(Overstep::Foreign);
        }
        match &operation.key {
            Key::Seq(ElementId::Id(element)) if !(self.author.owns)(element.actor()) => {
                Err(Overstep::Foreign)
            }
            Key::Map(key) if key == PARTICIPANT => {
                let signs = matches!(
                    &operation.action,
                    OpType::Put(ScalarValue::Str(name)) if (self.author.names)(name)
                );
                self.unnamed.remove(object);
                if signs {
                    Ok(())
                } else {
                    Err(Overstep::Foreign)
                }
            }
            Key::Map(key) if key == BEHALF => self.behalf(operation, object),
            _ => Ok(()),
        }
    }

    /// An operation on the field that says for whom an entry was made: it stands from the beginning
    /// or never.
    fn behalf(&mut self, operation: &Op, object: &ObjectName) -> Result<(), Overstep> {
        let entry = self.fresh.get(object).ok_or(Overstep::Behalf)?;
        match &operation.action {
            OpType::Put(ScalarValue::Str(name))
                if operation.pred.is_empty() && (self.author.may_stand_for)(name) =>
            {
                let speaker = ParticipantId::new(name.as_str());
                self.made.for_others.push((entry.clone(), speaker));
                Ok(())
            }
            _ => Err(Overstep::Behalf),
        }
    }
}

#[cfg(test)]
mod tests;
