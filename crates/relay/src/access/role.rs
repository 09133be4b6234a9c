//! What a link allows.

use std::fmt;

/// What a link allows. Each role includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads the rendered text.
    Viewer,
    /// Comments, suggests and takes positions.
    Reviewer,
    /// Writes the text.
    Editor,
    /// Hands out links, moves the draft through its stages, finalises.
    Facilitator,
}

impl Role {
    /// All roles, the least first.
    pub const ALL: [Self; 4] = [
        Self::Viewer,
        Self::Reviewer,
        Self::Editor,
        Self::Facilitator,
    ];

    /// The name of the role in JSON, in the storage and in texts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Reviewer => "reviewer",
            Self::Editor => "editor",
            Self::Facilitator => "facilitator",
        }
    }

    /// Reads the name of a role.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_roles_rise() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert!(Role::ALL.is_sorted());
        assert_eq!(Role::parse("owner"), None);
    }
}
