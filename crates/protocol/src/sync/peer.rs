//! What we know of one peer's copy of one document, and what to tell it next.

use std::collections::BTreeSet;

use automerge::ChangeHash;

use super::bloom::BloomFilter;
use super::log::{ChangeLog, LogIndex};
use super::message::{Flags, Have, SyncMessage};

/// How often the same missing changes are asked for without an answer that helps. A peer that
/// announces what it cannot give must not keep us talking for ever.
const MAX_ASKED: u8 = 4;

/// The sync state of one document on one connection. It dies with the connection.
///
/// A peer is *introduced* while its message waits for a first answer or while it has changes that
/// we lack; afterwards it *follows*: it has, or was sent, everything before a position in the log,
/// and hears what comes after it.
#[derive(Debug, Clone)]
pub struct PeerSync {
    /// The heads that the peer announced last.
    heads: Vec<ChangeHash>,
    /// Where those heads stand in the log: a head that was refused or waits stands for the
    /// changes in the log that it builds on.
    known: Vec<ChangeHash>,
    /// The last question that a walk over the history must answer.
    question: Option<Question>,
    /// Set once the peer has, or was sent, all of `log[..sent_until]`.
    following: bool,
    sent_until: usize,
    /// What was sent while the peer was not yet following.
    sent: BTreeSet<LogIndex>,
    /// What a following peer is still to be sent, because it was too much for one message.
    backlog: Vec<LogIndex>,
    /// How many messages went out that named heads without bringing all that leads to them. Each
    /// makes the peer ask for the rest, which is under way and must not be sent twice.
    cut_short: u32,
    /// The peer waits to hear from us, whether or not there is something new.
    owed: bool,
    missing: Vec<ChangeHash>,
    asked: u8,
    reads_v2: bool,
    told_read_only: bool,
    peer_read_only: bool,
}

#[derive(Debug, Clone, Default)]
struct Question {
    need: Vec<ChangeHash>,
    have: Vec<Have>,
}

/// How a peer's heads relate to what we hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The peer's heads, or what they build on, as far as they are in the log; sorted.
    pub known: Vec<ChangeHash>,
    /// The hashes that we still lack to close the peer's heads, over the log, the waiting changes
    /// and the quarantine; sorted. Automerge's own `need` sees only the document, and would ask
    /// for a refused head for ever.
    pub missing: Vec<ChangeHash>,
}

/// What to put into the next message for a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Everything in `log[from..]` that did not come from the peer itself. Equal for all who
    /// stand at the same place, so it is worth keeping.
    Following {
        /// The first position, as a number of changes.
        from: usize,
    },
    /// All that is beyond heads that the peer has. Equal for all who come back with these heads.
    CatchUp {
        /// Heads of the peer that are in the log, sorted.
        known: Vec<ChangeHash>,
    },
    /// More of what did not fit into the message before.
    Rest {
        /// What to send, in the order of the log.
        changes: Vec<LogIndex>,
    },
    /// Exactly these changes, for this peer alone.
    Changes {
        /// What to send, in the order of the log.
        changes: Vec<LogIndex>,
        /// What we ask for.
        need: Vec<ChangeHash>,
        /// What we have, from which the peer finds what we lack.
        have: Have,
    },
}

impl PeerSync {
    /// The state before the peer has said anything.
    pub fn new() -> Self {
        Self {
            heads: Vec::new(),
            known: Vec::new(),
            question: None,
            following: false,
            sent_until: 0,
            sent: BTreeSet::new(),
            backlog: Vec::new(),
            cut_short: 0,
            owed: false,
            missing: Vec::new(),
            asked: 0,
            reads_v2: false,
            told_read_only: false,
            peer_read_only: false,
        }
    }

    /// Takes in what a message says, after its changes are in the log, or were refused, or wait.
    /// `brought_changes` says whether it held any.
    pub fn receive(&mut self, message: SyncMessage, brought_changes: bool, standing: Standing) {
        if let Some(flags) = message.flags {
            self.reads_v2 = true;
            self.peer_read_only = flags.contains(Flags::READ_ONLY);
            if flags.contains(Flags::SYNC_RESET) {
                self.start_over();
            }
        }
        if self.following && self.contradicts_following(&message) {
            let lost_its_copy = message.heads.is_empty();
            if self.cut_short == 0 || lost_its_copy {
                self.start_over();
            } else {
                self.cut_short -= 1;
            }
        }
        self.asked = if standing.missing == self.missing {
            self.asked.saturating_add(1)
        } else {
            1
        };
        self.missing = standing.missing;
        self.known = standing.known;
        self.heads = message.heads;
        // Whoever sends changes waits to hear that they are here.
        self.owed |= brought_changes;
        if self.following && self.must_ask() {
            // The peer went on from heads that we share, with changes that have not reached us.
            self.start_over();
            self.question = Some(Question::default());
            self.owed = true;
        } else if !self.following {
            self.question = Some(Question {
                need: message.need,
                have: message.have,
            });
            self.owed |= self.missing.is_empty() || self.must_ask();
        }
    }

    /// Whether a message that brings no changes and names only heads that we have leaves nothing
    /// to be said.
    pub fn is_content_with(&self, message: &SyncMessage) -> bool {
        let resets = message
            .flags
            .is_some_and(|flags| flags.contains(Flags::SYNC_RESET));
        self.following && !self.owed && !resets && !self.contradicts_following(message)
    }

    /// Whether a message shows that a peer lacks what we took it to have: it did not recognise
    /// the heads that we named as shared, lost its copy, or asks for something by hash.
    fn contradicts_following(&self, message: &SyncMessage) -> bool {
        let asks_for_all = message
            .have
            .first()
            .is_some_and(|have| have.last_sync.is_empty() && have.bloom.is_empty());
        let lost_its_copy = message.heads.is_empty() && !self.heads.is_empty();
        lost_its_copy || (asks_for_all && !message.heads.is_empty()) || !message.need.is_empty()
    }

    fn must_ask(&self) -> bool {
        !self.missing.is_empty() && self.asked <= MAX_ASKED
    }

    fn gave_up_asking(&self) -> bool {
        !self.missing.is_empty() && !self.must_ask()
    }

    fn start_over(&mut self) {
        self.following = false;
        self.sent.clear();
        self.backlog.clear();
        self.cut_short = 0;
    }

    /// Whether the peer waits for an answer and should get it without delay.
    pub fn is_owed(&self) -> bool {
        self.owed
    }

    /// Whether the log holds something that a following peer has not been told.
    pub fn is_behind<O: Copy + PartialEq>(&self, log: &ChangeLog<O>) -> bool {
        (self.following || self.gave_up_asking())
            && self.sent_until < log.len()
            && !self.peer_read_only
    }

    /// Whether the peer reads messages that hold a whole document.
    pub fn reads_v2(&self) -> bool {
        self.reads_v2
    }

    /// The heads that the peer announced last.
    pub fn heads(&self) -> &[ChangeHash] {
        &self.heads
    }

    /// From now on messages tell the peer that its changes are not applied.
    pub fn tell_read_only(&mut self) {
        if !self.told_read_only {
            self.told_read_only = true;
            self.owed = true;
        }
    }

    /// Whether messages for the peer carry [`Flags::READ_ONLY`].
    pub fn is_told_read_only(&self) -> bool {
        self.told_read_only
    }

    /// Decides on the next message and counts it as sent. The caller sends it, or drops the
    /// connection.
    pub fn answer<O: Copy + PartialEq>(&mut self, log: &ChangeLog<O>) -> Answer {
        self.owed = false;
        if self.peer_read_only {
            return self.only_ask(log);
        }
        if self.following && !self.backlog.is_empty() {
            let changes = core::mem::take(&mut self.backlog);
            return Answer::Rest { changes };
        }
        if self.following {
            let from = core::mem::replace(&mut self.sent_until, log.len());
            return Answer::Following { from };
        }
        let question = self.question.take().unwrap_or_default();
        if self.missing.is_empty() || self.gave_up_asking() {
            return self.catch_up(log, &question.need);
        }
        self.exchange(log, &question)
    }

    /// Only a part of the last answer fitted into a message: `rest`, in the order of the log, comes
    /// next.
    pub fn put_back(&mut self, rest: Vec<LogIndex>) {
        if self.following {
            self.backlog = rest;
            self.cut_short += 1;
            self.owed = true;
        } else {
            // The peer's answer, which is due anyway, leads to what it still lacks then.
            for at in rest {
                self.sent.remove(&at);
            }
        }
    }

    /// We hold all that the peer has: what it lacks is exactly what lies beyond its heads.
    fn catch_up<O: Copy + PartialEq>(&mut self, log: &ChangeLog<O>, need: &[ChangeHash]) -> Answer {
        self.following = true;
        self.sent_until = log.len();
        let sent = core::mem::take(&mut self.sent);
        let needed: BTreeSet<LogIndex> =
            need.iter().filter_map(|hash| log.position(hash)).collect();
        if sent.is_empty() && needed.is_empty() {
            return Answer::CatchUp {
                known: self.known.clone(),
            };
        }
        let beyond = log.beyond(&self.known);
        let mut changes: BTreeSet<LogIndex> =
            beyond.into_iter().filter(|at| !sent.contains(at)).collect();
        changes.extend(needed);
        Answer::Changes {
            changes: changes.into_iter().collect(),
            need: Vec::new(),
            have: Have {
                last_sync: log.heads(),
                bloom: BloomFilter::default(),
            },
        }
    }

    /// The peer has changes that we lack: both sides say what they have and send the rest.
    fn exchange<O: Copy + PartialEq>(&mut self, log: &ChangeLog<O>, question: &Question) -> Answer {
        let claimed = question.have.iter().flat_map(|have| &have.last_sync);
        let shared: BTreeSet<ChangeHash> = self
            .known
            .iter()
            .chain(claimed.filter(|hash| log.contains(hash)))
            .copied()
            .collect();
        let shared: Vec<ChangeHash> = shared.into_iter().collect();
        let beyond = log.beyond(&shared);
        let mut changes: BTreeSet<LogIndex> = if question.have.is_empty() {
            BTreeSet::new()
        } else {
            log.missing_with_dependents(&beyond, |hash| {
                question.have.iter().any(|have| have.bloom.contains(hash))
            })
            .into_iter()
            .filter(|at| !self.sent.contains(at))
            .collect()
        };
        changes.extend(question.need.iter().filter_map(|hash| log.position(hash)));
        self.sent.extend(&changes);
        let ours: Vec<ChangeHash> = beyond.iter().map(|at| log.entry(*at).hash).collect();
        Answer::Changes {
            changes: changes.into_iter().collect(),
            need: self.missing.clone(),
            have: Have {
                last_sync: shared,
                bloom: BloomFilter::of(ours.iter()),
            },
        }
    }

    /// The peer takes nothing from us, so it hears our heads and what we ask for.
    fn only_ask<O: Copy + PartialEq>(&mut self, log: &ChangeLog<O>) -> Answer {
        self.sent_until = log.len();
        Answer::Changes {
            changes: Vec::new(),
            need: self.missing.clone(),
            have: Have {
                last_sync: self.known.clone(),
                bloom: BloomFilter::default(),
            },
        }
    }
}

impl Default for PeerSync {
    fn default() -> Self {
        Self::new()
    }
}
