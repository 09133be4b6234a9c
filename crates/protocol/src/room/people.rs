//! Participants who turned out to be one person: on a further device, or because a facilitator said
//! so.
//!
//! The people are the relay's tables. The room only has to know which ids mean the same person, so
//! that each of them goes on with the actors, entries and connections that they had.

use std::collections::{BTreeMap, BTreeSet};

use automerge::ActorId;

use super::record::in_record;
use super::request::Carried;
use super::request::Failure;
use super::types::{ConnectionId, Input, Member, ParticipantId, RoomFault, Turn};
use super::{Here, Room};
use crate::access::{DocumentKind, Role};
use crate::handshake::{DocumentMessage, Inbound};
use crate::wire::Notice;

/// Who is somebody else in truth. Nobody who stands for others is another one's alias, so one look
/// is enough.
#[derive(Debug, Default)]
pub(super) struct Aliases(BTreeMap<ParticipantId, ParticipantId>);

impl Aliases {
    /// The person of an id.
    pub(super) fn truly<'a>(&'a self, id: &'a ParticipantId) -> &'a ParticipantId {
        self.0.get(id).unwrap_or(id)
    }

    /// Whether two ids mean one person.
    pub(super) fn are_one(&self, one: &ParticipantId, other: &ParticipantId) -> bool {
        self.truly(one) == self.truly(other)
    }

    /// Notes that `from` is `into`, with all who are `from`.
    fn add(&mut self, from: &ParticipantId, into: &ParticipantId) {
        let into = self.truly(into).clone();
        if *from == into {
            return;
        }
        for truth in self.0.values_mut().filter(|truth| *truth == from) {
            *truth = into.clone();
        }
        self.0.insert(from.clone(), into);
    }
}

impl Room {
    /// Whether something in `inputs` may have been entered on somebody's behalf: a facilitator's
    /// message about the discussion. Then the room has to know who there is, see
    /// [`Room::set_people`], before the turn.
    pub fn has_to_know_people(&self, inputs: &[Input]) -> bool {
        let discussion = self.id_of(DocumentKind::Discussion);
        let is_facilitator = |member: &Member| member.access.role == Role::Facilitator;
        let is_here = |connection: &ConnectionId| {
            let here = self.members.get(connection);
            // Who just comes may have brought something, too.
            let comes = |input: &Input| match input {
                Input::Join(member) => member.connection == *connection && is_facilitator(member),
                _ => false,
            };
            here.is_some_and(|here| is_facilitator(&here.member)) || inputs.iter().any(comes)
        };
        inputs.iter().any(|input| match input {
            Input::Message {
                connection,
                message:
                    Inbound::Document {
                        document,
                        message: DocumentMessage::Sync(_) | DocumentMessage::Request(_),
                    },
            } => Some(*document) == discussion && is_here(connection),
            _ => false,
        })
    }

    /// Says who there is, without those whose entry was erased: on their behalf facilitators may
    /// enter something.
    pub fn set_people(&mut self, people: BTreeSet<ParticipantId>) {
        self.people = people;
    }

    /// The room with what is known of participants who are somebody else, as pairs of who they
    /// seemed to be and who they are.
    #[must_use]
    pub fn with_merged(
        mut self,
        merged: impl IntoIterator<Item = (ParticipantId, ParticipantId)>,
    ) -> Self {
        for (from, into) in merged {
            self.aliases.add(&from, &into);
        }
        self.rename();
        self
    }

    /// Takes in that two participants are one person, which the relay's tables say already. From
    /// here on all that `from` brings is `into`'s, by the actors and connections that they have;
    /// the record says so of the actors. The caller stores the commit, if any, and calls
    /// [`Room::committed`], as after [`Room::turn`].
    ///
    /// # Errors
    ///
    /// Automerge panicked. The room must not be used any more.
    pub fn become_one(
        &mut self,
        now_ms: i64,
        from: &ParticipantId,
        into: &ParticipantId,
    ) -> Result<Turn, RoomFault> {
        debug_assert!(
            self.pending.is_none(),
            "a merge began before the last turn was committed"
        );
        self.aliases.add(from, into);
        self.rename();
        let mut carried = Carried::default();
        self.rename_in_record(now_ms, &mut carried)?;
        self.pending = Some(carried.pending);
        let commit = carried.commit;
        Ok(Turn {
            commit: (!commit.is_empty()).then_some(commit),
            closes: Vec::new(),
            rest: Vec::new(),
        })
    }

    /// Takes in that the relay's tables say something new of the draft's people or groups: those who
    /// show them are told that there is something to ask for. What they may see of it is judged when
    /// they ask.
    pub fn people_moved(&mut self) {
        for here in self.members.values_mut() {
            if here.member.access.may_sync() {
                here.nudge(Notice::People);
            }
        }
    }

    /// Tells those who decide on what is held back that there is more or less of it.
    pub(super) fn held_moved(&mut self) {
        for here in self.members.values_mut() {
            if here.member.access.role == Role::Facilitator {
                here.nudge(Notice::Held);
            }
        }
    }

    /// Lets everything that names a participant name the person.
    fn rename(&mut self) {
        for owner in self.bindings.values_mut() {
            if self.aliases.truly(owner) != owner {
                *owner = self.aliases.truly(owner).clone();
            }
        }
        for here in self.members.values_mut() {
            let truth = self.aliases.truly(&here.member.participant);
            if *truth != here.member.participant {
                here.member.participant = truth.clone();
                if self.config.binds_actors {
                    here.tell_who_they_are();
                }
            }
        }
    }

    /// Writes into the record to whom the actors of merged people belong. A record that cannot be
    /// written says less, as when bindings are written into it.
    fn rename_in_record(&mut self, now_ms: i64, carried: &mut Carried) -> Result<(), RoomFault> {
        let renamed: Vec<(ActorId, plenary_draft::ParticipantId)> = self
            .written_actors()
            .into_iter()
            .filter(|(_, owner)| self.aliases.truly(owner) != owner)
            .map(|(actor, owner)| (actor, in_record(self.aliases.truly(&owner))))
            .collect();
        if renamed.is_empty() {
            return Ok(());
        }
        match self.bind_in_record(now_ms, &renamed, &mut carried.commit, &mut carried.pending) {
            Ok(()) | Err(Failure::Refused(_)) => Ok(()),
            Err(Failure::Fault(fault)) => Err(fault),
        }
    }
}

impl Here {
    /// Tells a peer of ours that may have entries who it is: new ones have to carry that id.
    pub(super) fn tell_who_they_are(&mut self) {
        if self.member.reads_notices && self.member.access.may_sync() {
            let participant = self.member.participant.to_string();
            self.notify(Notice::Participant { participant });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> ParticipantId {
        ParticipantId::new(name)
    }

    #[test]
    fn who_is_merged_takes_their_aliases_along() {
        let mut aliases = Aliases::default();
        aliases.add(&id("phone"), &id("laptop"));
        aliases.add(&id("laptop"), &id("anna"));
        aliases.add(&id("tablet"), &id("phone"));
        for name in ["phone", "laptop", "tablet", "anna"] {
            assert_eq!(aliases.truly(&id(name)), &id("anna"), "{name}");
        }
        assert!(aliases.are_one(&id("tablet"), &id("laptop")));
        assert!(!aliases.are_one(&id("tablet"), &id("ben")));
    }

    #[test]
    fn nobody_becomes_their_own_alias() {
        let mut aliases = Aliases::default();
        aliases.add(&id("phone"), &id("anna"));
        aliases.add(&id("anna"), &id("phone"));
        aliases.add(&id("anna"), &id("anna"));
        assert_eq!(aliases.truly(&id("anna")), &id("anna"));
        assert_eq!(aliases.truly(&id("phone")), &id("anna"));
    }
}
