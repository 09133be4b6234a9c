//! What of a person may be told to whom. docs/privacy.md has the same in words.

use super::Role;
use crate::storage::{Capacity, Credit, StoredPerson};

/// What of a person is told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Disclosed {
    /// Whether it may be told under which id the documents know them.
    pub id: bool,
    /// Their name.
    pub name: Option<String>,
    /// Their organisation.
    pub affiliation: Option<String>,
    /// The key of their stakeholder group.
    pub group: Option<String>,
    /// For which organisation they speak.
    pub on_behalf_of: Option<String>,
    /// Whether the rest of their entry may be told: capacity, credit, role, times, who added them.
    pub rest: bool,
}

/// What of a person may be told to somebody of this role. `is_self` says that they ask about
/// themselves, `None` as a role that it goes into a file that is passed on, such as an export.
///
/// - A person sees their own entry.
/// - Of whoever asked to be withheld, and of whose entry was erased, nobody sees more than an id;
///   those who only read do not see that.
/// - Those who work on the draft see the entry as it was written.
/// - Those who only read, and files, get what the person wants to be credited with, and those who
///   only read no ids, so that what they read elsewhere cannot be joined with it.
pub fn disclosed(person: &StoredPerson, role: Option<Role>, is_self: bool) -> Disclosed {
    let works_on_it = role.is_some_and(|role| role >= Role::Reviewer);
    let id = is_self || works_on_it || role.is_none();
    let entry = &person.entry;
    let nothing = Disclosed {
        id,
        ..Disclosed::default()
    };
    if person.erased_ms.is_some() || (entry.withheld && !is_self) {
        return nothing;
    }
    let everything = Disclosed {
        id,
        name: entry.name.clone(),
        affiliation: entry.affiliation.clone(),
        group: entry.group.clone(),
        on_behalf_of: entry
            .on_behalf_of
            .clone()
            .filter(|_| entry.capacity == Capacity::OnBehalfOf),
        rest: true,
    };
    if is_self || works_on_it {
        return everything;
    }
    match entry.credit {
        Credit::ByName => Disclosed {
            rest: false,
            ..everything
        },
        Credit::Organisation => Disclosed {
            name: None,
            rest: false,
            ..everything
        },
        Credit::Anonymous => nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plenary_protocol::room::ParticipantId;

    fn anna() -> StoredPerson {
        let mut person = StoredPerson::guest(ParticipantId::new("anna"), 0);
        person.entry.name = Some("Anna".into());
        person.entry.affiliation = Some("Ministry".into());
        person.entry.group = Some("g1".into());
        person
    }

    fn told(person: &StoredPerson, role: Option<Role>) -> (bool, Option<&str>, Option<&str>) {
        let seen = disclosed(person, role, false);
        let name = seen.name.map(|_| "name");
        (seen.id, name, seen.affiliation.map(|_| "organisation"))
    }

    #[test]
    fn credit_decides_what_readers_and_files_get() {
        let mut person = anna();
        let readers = [Some(Role::Viewer), None];
        for (credit, name, organisation) in [
            (Credit::ByName, Some("name"), Some("organisation")),
            (Credit::Organisation, None, Some("organisation")),
            (Credit::Anonymous, None, None),
        ] {
            person.entry.credit = credit;
            for role in readers {
                assert_eq!(told(&person, role), (role.is_none(), name, organisation));
            }
            for role in [Role::Reviewer, Role::Editor, Role::Facilitator] {
                let whole = (true, Some("name"), Some("organisation"));
                assert_eq!(told(&person, Some(role)), whole);
            }
        }
    }

    #[test]
    fn who_is_withheld_or_erased_is_an_id_at_most() {
        let mut withheld = anna();
        withheld.entry.withheld = true;
        let mut erased = anna();
        erased.erased_ms = Some(1);
        for person in [&withheld, &erased] {
            for role in Role::ALL.map(Some).into_iter().chain([None]) {
                let seen = disclosed(person, role, false);
                let nothing = Disclosed {
                    id: role != Some(Role::Viewer),
                    ..Disclosed::default()
                };
                assert_eq!(seen, nothing, "{role:?}");
            }
        }
        let own = disclosed(&withheld, Some(Role::Viewer), true);
        assert_eq!((own.id, own.name.as_deref()), (true, Some("Anna")));
    }
}
