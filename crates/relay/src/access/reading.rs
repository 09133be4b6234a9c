//! Which state of the text a role reads at each stage. docs/privacy.md has the same table in words;
//! a test compares them.

use automerge::ChangeHash;
use plenary_draft::Record;
use plenary_draft::schema::words::Stage;

use super::Role;

/// Which state of the text somebody reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextSeen {
    /// The newest.
    Newest,
    /// That of a milestone.
    At(Vec<ChangeHash>),
    /// None before this time, in milliseconds since the Unix epoch.
    NotBefore(i64),
}

/// Which state of the text a role reads, given what the record says, at `now_ms` (milliseconds
/// since the Unix epoch). `history` is that of a link with history.
///
/// Whoever syncs has everything anyway. Who only reads gets
/// - while it is drafted, the text as it stands;
/// - in a review, nothing before it opens, then the newest milestone of the review, or where none
///   was cut, the text as it stands;
/// - while comments are settled, the newest milestone of a review or of the settling, so that what is
///   being negotiated is not read before it is settled; where none was cut, the text as it stands;
/// - when it is final, the text as it stands, which nobody changes any more.
pub fn text_seen(role: Role, history: bool, record: &Record, now_ms: i64) -> TextSeen {
    if role >= Role::Reviewer || history {
        return TextSeen::Newest;
    }
    let milestone = |stages: &[Stage]| {
        let milestones = record.milestones.iter();
        milestones
            .filter(|(_, milestone)| stages.contains(&milestone.stage))
            .max_by_key(|(key, milestone)| (milestone.at_ms, *key))
            .map_or(TextSeen::Newest, |(_, milestone)| {
                TextSeen::At(milestone.heads.text.clone())
            })
    };
    match &record.stage {
        Stage::Review => match opening_ms(record) {
            Some(opens_ms) if opens_ms > now_ms => TextSeen::NotBefore(opens_ms),
            _ => milestone(&[Stage::Review]),
        },
        Stage::Settling => milestone(&[Stage::Review, Stage::Settling]),
        Stage::Drafting | Stage::Final | Stage::Other(_) => TextSeen::Newest,
    }
}

/// When the present stage opens, in milliseconds since the Unix epoch, if it says so.
fn opening_ms(record: &Record) -> Option<i64> {
    let changes = record.stages.iter();
    let (_, last) = changes.max_by_key(|(key, change)| (change.at_ms, *key))?;
    last.opens_ms
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenary_draft::Draft;
    use plenary_draft::schema::record::{DraftHeads, Milestone, StageChange};
    use plenary_draft::{EntryId, MilestoneId, NewDraft};

    fn record() -> Record {
        let mut rng = crate::random::generator().expect("random numbers");
        let draft = Draft::create(&mut rng, 0, &NewDraft::default()).expect("a draft");
        Record::read(&draft.record.document)
    }

    fn at(record: &mut Record, stage: Stage, opens_ms: Option<i64>) {
        record.stage = stage.clone();
        let change = StageChange {
            at_ms: 10,
            by: None,
            opens_ms,
            closes_ms: None,
            reason: None,
            stage,
        };
        record.stages.insert(EntryId::from_key("zz"), change);
    }

    fn cut(record: &mut Record, key: &str, stage: Stage, at_ms: i64) -> Vec<ChangeHash> {
        let text = vec![ChangeHash([u8::try_from(at_ms).unwrap_or(0); 32])];
        let milestone = Milestone {
            name: key.to_owned(),
            at_ms,
            by: None,
            stage,
            heads: DraftHeads {
                text: text.clone(),
                ..DraftHeads::default()
            },
        };
        record
            .milestones
            .insert(MilestoneId::from_key(key), milestone);
        text
    }

    #[test]
    fn a_viewer_reads_what_the_stage_allows() {
        let mut record = record();
        let seen = |record: &Record| text_seen(Role::Viewer, false, record, 100);
        assert_eq!(seen(&record), TextSeen::Newest);
        at(&mut record, Stage::Review, Some(101));
        assert_eq!(seen(&record), TextSeen::NotBefore(101));
        for role in [Role::Reviewer, Role::Editor, Role::Facilitator] {
            assert_eq!(text_seen(role, false, &record, 100), TextSeen::Newest);
        }
        assert_eq!(
            text_seen(Role::Viewer, true, &record, 100),
            TextSeen::Newest
        );
        at(&mut record, Stage::Review, Some(100));
        cut(&mut record, "m0", Stage::Drafting, 9);
        assert_eq!(
            seen(&record),
            TextSeen::Newest,
            "no milestone of the review"
        );
        let first = cut(&mut record, "m1", Stage::Review, 20);
        assert_eq!(seen(&record), TextSeen::At(first.clone()));
        let second = cut(&mut record, "m2", Stage::Review, 30);
        assert_eq!(seen(&record), TextSeen::At(second.clone()));
        at(&mut record, Stage::Settling, None);
        assert_eq!(seen(&record), TextSeen::At(second));
        let settled = cut(&mut record, "m3", Stage::Settling, 40);
        assert_eq!(seen(&record), TextSeen::At(settled));
        at(&mut record, Stage::Final, None);
        assert_eq!(seen(&record), TextSeen::Newest);
        at(&mut record, Stage::Review, None);
        assert_ne!(seen(&record), TextSeen::At(first), "the newest counts");
    }
}
