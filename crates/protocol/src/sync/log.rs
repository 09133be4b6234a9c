//! The history of one document as the sync protocol needs it: hashes, dependencies and heads.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use automerge::{ActorId, Automerge, ChangeHash, ReadDoc};
use bytes::Bytes;

/// A position in a [`ChangeLog`]. Dependencies always stand before what depends on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogIndex(u32);

impl LogIndex {
    fn at(index: usize) -> Self {
        // Four billion changes do not fit into memory, so the conversion never saturates.
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    fn get(self) -> usize {
        self.0 as usize
    }
}

/// One change in the log.
#[derive(Debug, Clone)]
pub struct LogEntry<O> {
    /// The hash of the change.
    pub hash: ChangeHash,
    /// The connection that it came in on, where it is remembered: nobody is sent their own words.
    pub origin: Option<O>,
    dependencies: Box<[LogIndex]>,
    /// The chunk as its author made it. Absent for what was loaded from storage; the document
    /// can make it again.
    bytes: Option<Bytes>,
}

/// How many bytes of recent changes stay in memory as their authors sent them.
const RECENT_BYTES: usize = 4 << 20;

/// An append-only index of a document's history. `O` names where a change came from.
#[derive(Debug, Clone)]
pub struct ChangeLog<O> {
    entries: Vec<LogEntry<O>>,
    index: BTreeMap<ChangeHash, LogIndex>,
    heads: BTreeSet<ChangeHash>,
    sequence_numbers: BTreeMap<ActorId, u64>,
    recent_bytes: usize,
    oldest_with_bytes: usize,
}

impl<O: Copy + PartialEq> ChangeLog<O> {
    /// Indexes all changes that are applied in `document`.
    pub fn of(document: &Automerge) -> Self {
        let mut log = Self {
            entries: Vec::new(),
            index: BTreeMap::new(),
            heads: BTreeSet::new(),
            sequence_numbers: BTreeMap::new(),
            recent_bytes: 0,
            oldest_with_bytes: 0,
        };
        for change in document.get_changes_meta(&[]) {
            log.push_entry(change.hash, &change.deps, None, None);
            log.note_sequence_number(change.actor.as_ref(), change.seq);
        }
        log.oldest_with_bytes = log.entries.len();
        log
    }

    /// Appends a change whose dependencies are all in the log. A change that is there already is
    /// left as it is.
    pub fn push(&mut self, change: &automerge::Change, bytes: Bytes, origin: Option<O>) {
        if self.contains(&change.hash()) {
            return;
        }
        self.recent_bytes += bytes.len();
        self.push_entry(change.hash(), change.deps(), Some(bytes), origin);
        self.note_sequence_number(change.actor_id(), change.seq());
        while self.recent_bytes > RECENT_BYTES {
            let Some(entry) = self.entries.get_mut(self.oldest_with_bytes) else {
                break;
            };
            self.recent_bytes -= entry.bytes.take().map_or(0, |bytes| bytes.len());
            self.oldest_with_bytes += 1;
        }
    }

    fn push_entry(
        &mut self,
        hash: ChangeHash,
        deps: &[ChangeHash],
        bytes: Option<Bytes>,
        origin: Option<O>,
    ) {
        for dep in deps {
            self.heads.remove(dep);
        }
        self.heads.insert(hash);
        self.index.insert(hash, LogIndex::at(self.entries.len()));
        let dependencies = deps
            .iter()
            .filter_map(|dep| self.index.get(dep).copied())
            .collect();
        self.entries.push(LogEntry {
            hash,
            origin,
            dependencies,
            bytes,
        });
    }

    fn note_sequence_number(&mut self, actor: &ActorId, seq: u64) {
        match self.sequence_numbers.get_mut(actor) {
            Some(last) => *last = seq.max(*last),
            None => {
                self.sequence_numbers.insert(actor.clone(), seq);
            }
        }
    }

    /// The number of changes.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no change yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether the change is in the log.
    pub fn contains(&self, hash: &ChangeHash) -> bool {
        self.index.contains_key(hash)
    }

    /// The changes that no other depends on, sorted.
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.heads.iter().copied().collect()
    }

    /// Whether `heads`, sorted, are the heads of the log.
    pub fn heads_are(&self, heads: &[ChangeHash]) -> bool {
        self.heads.len() == heads.len()
            && self
                .heads
                .iter()
                .zip(heads)
                .all(|(ours, theirs)| ours == theirs)
    }

    /// The last sequence number of `actor`; 0 when it made no change yet.
    pub fn last_sequence_number(&self, actor: &ActorId) -> u64 {
        self.sequence_numbers.get(actor).copied().unwrap_or(0)
    }

    /// The actors that made changes.
    pub fn actors(&self) -> impl Iterator<Item = &ActorId> {
        self.sequence_numbers.keys()
    }

    /// The entries from position `start` (a number of changes) to the end.
    pub fn since(&self, start: usize) -> &[LogEntry<O>] {
        &self.entries[start.min(self.entries.len())..]
    }

    /// The same as positions.
    pub fn positions_since(&self, start: usize) -> impl Iterator<Item = LogIndex> + use<O> {
        (start..self.entries.len()).map(LogIndex::at)
    }

    /// The changes that are not among `known` and their ancestors, in the order of the log.
    /// Hashes that are not in the log are ignored.
    ///
    /// The walk goes back from both sets of heads at once and stops where only shared history is
    /// left, so it costs as much as the difference is long, not the history.
    pub fn beyond(&self, known: &[ChangeHash]) -> Vec<LogIndex> {
        // Whether a change is an ancestor of `known`, for those that were reached.
        let mut shared: BTreeMap<LogIndex, bool> = BTreeMap::new();
        let mut queue = BinaryHeap::new();
        let mut only_ours = 0usize;
        let mut reach = |at: LogIndex,
                         by_known: bool,
                         queue: &mut BinaryHeap<LogIndex>,
                         only_ours: &mut usize| {
            match shared.get_mut(&at) {
                None => {
                    shared.insert(at, by_known);
                    queue.push(at);
                    *only_ours += usize::from(!by_known);
                }
                Some(flag) if by_known && !*flag => {
                    *flag = true;
                    *only_ours -= 1;
                }
                Some(_) => {}
            }
            shared.get(&at).copied().unwrap_or(by_known)
        };
        for hash in known {
            if let Some(at) = self.index.get(hash) {
                reach(*at, true, &mut queue, &mut only_ours);
            }
        }
        for hash in &self.heads {
            if let Some(at) = self.index.get(hash) {
                reach(*at, false, &mut queue, &mut only_ours);
            }
        }
        let mut found = Vec::new();
        while only_ours > 0 {
            let Some(at) = queue.pop() else { break };
            // Everything that depends on `at` stands behind it and was visited, so its flag is final.
            let by_known = reach(at, false, &mut queue, &mut only_ours);
            if !by_known {
                only_ours -= 1;
                found.push(at);
            }
            for dependency in &self.entries[at.get()].dependencies {
                reach(*dependency, by_known, &mut queue, &mut only_ours);
            }
        }
        found.reverse();
        found
    }

    /// Of `candidates` (in the order of the log), those that `has` denies and all that depend on
    /// one of them. What depends on a missing change cannot be used without it, whatever a Bloom
    /// filter says.
    pub fn missing_with_dependents(
        &self,
        candidates: &[LogIndex],
        has: impl Fn(&ChangeHash) -> bool,
    ) -> Vec<LogIndex> {
        let mut missing = BTreeSet::new();
        for at in candidates {
            let entry = &self.entries[at.get()];
            if entry.dependencies.iter().any(|dep| missing.contains(dep)) || !has(&entry.hash) {
                missing.insert(*at);
            }
        }
        missing.into_iter().collect()
    }

    /// The position of a change.
    pub fn position(&self, hash: &ChangeHash) -> Option<LogIndex> {
        self.index.get(hash).copied()
    }

    /// The entry at a position that this log handed out.
    pub fn entry(&self, at: LogIndex) -> &LogEntry<O> {
        &self.entries[at.get()]
    }

    /// The chunk of a change: as it came in while that is remembered, else made anew from
    /// `document`, which must be the one that the log indexes.
    pub fn chunk(&self, entry: &LogEntry<O>, document: &Automerge) -> Option<Bytes> {
        match &entry.bytes {
            Some(bytes) => Some(bytes.clone()),
            None => document
                .get_change_by_hash(&entry.hash)
                .map(|change| Bytes::copy_from_slice(change.raw_bytes())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use automerge::{AutoCommit, transaction::Transactable};
    use proptest::prelude::*;

    /// A history of branches and merges: `steps` says which of three replicas edits or merges.
    fn history(steps: &[(u8, u8)]) -> (AutoCommit, Vec<ChangeHash>) {
        let mut replicas: Vec<AutoCommit> = (1..=3u8)
            .map(|n| AutoCommit::new().with_actor(ActorId::from([n; 16])))
            .collect();
        let mut hashes = Vec::new();
        for (count, (at, other)) in steps.iter().enumerate() {
            let (at, other) = (usize::from(at % 3), usize::from(other % 4));
            if other < 3 && other != at {
                let mut fork = replicas[other].clone();
                replicas[at].merge(&mut fork).unwrap();
            }
            replicas[at]
                .put(automerge::ROOT, "n", count as i64)
                .unwrap();
            hashes.extend(replicas[at].commit());
        }
        let mut all = replicas.remove(0);
        for mut replica in replicas {
            all.merge(&mut replica).unwrap();
        }
        (all, hashes)
    }

    proptest! {
        #[test]
        fn beyond_is_what_automerge_says(
            steps in prop::collection::vec((0u8..3, 0u8..4), 1..60),
            picks in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        ) {
            let (mut all, hashes) = history(&steps);
            let known: Vec<ChangeHash> = picks.iter().map(|pick| *pick.get(&hashes)).collect();
            let theirs: BTreeSet<ChangeHash> = all.get_changes(&known).iter().map(automerge::Change::hash).collect();
            let log: ChangeLog<u8> = ChangeLog::of(all.document());
            let beyond = log.beyond(&known);
            prop_assert!(beyond.is_sorted());
            let ours: BTreeSet<ChangeHash> = beyond.iter().map(|at| log.entry(*at).hash).collect();
            prop_assert_eq!(ours, theirs);
            prop_assert!(log.heads_are(&all.get_heads()));
        }
    }
}
