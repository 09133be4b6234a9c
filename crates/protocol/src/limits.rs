//! Everything that a peer can declare, and how much of it is believed.
//!
//! Each limit is checked on the bytes as they came, before Automerge or an allocator sees them.
//! The table in docs/protocol.md is compared with [`Limits::table`] by a test.

/// One row of the table of limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitRow {
    /// Name of the field in [`Limits`].
    pub name: &'static str,
    /// Its default.
    pub default: u64,
    /// What is counted: `bytes`, `levels`, `changes`, …
    pub unit: &'static str,
}

/// Declares the struct, its defaults and its table in one place, so that none can be forgotten.
macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $name:ident: $type:ty = $default:expr, $unit:literal;)+) => {
        /// How much one peer may ask of us. Every field is a maximum.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Limits {
            $($(#[doc = $doc])+ pub $name: $type,)+
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl Limits {
            /// Every limit with its default and unit, in the order of declaration.
            pub fn table() -> Vec<LimitRow> {
                let defaults = Self::default();
                vec![$(LimitRow {
                    name: stringify!($name),
                    default: u64::try_from(defaults.$name).unwrap_or(u64::MAX),
                    unit: $unit,
                },)+]
            }
        }
    };
}

limits! {
    /// One websocket frame, in bytes.
    frame_bytes: usize = 16 << 20, "bytes";
    /// One peer id, session id, storage id, message type or secret, in bytes.
    id_bytes: usize = 256, "bytes";
    /// The words of one error or notice, in bytes.
    text_bytes: usize = 4 << 10, "bytes";
    /// Nesting of CBOR values, in levels; the message itself is the first.
    nesting_levels: usize = 32, "levels";
    /// CBOR values in one frame, keys included.
    values_per_frame: usize = 100_000, "values";
    /// Keys of one map that we read: a message, its metadata, the storage ids of one announcement.
    keys_per_map: usize = 64, "keys";
    /// Protocol versions that one `join` may offer.
    protocol_versions: usize = 32, "versions";
    /// Hashes in one list (heads, need, last sync, announced heads).
    hashes_per_list: usize = 10_000, "hashes";
    /// Entries in the `have` list of a sync message.
    have_entries: usize = 64, "entries";
    /// One Bloom filter, in bytes as it stands on the wire.
    bloom_bytes: usize = 4 << 20, "bytes";
    /// Probes for each hash that a Bloom filter asks for.
    bloom_probes: u32 = 64, "probes";
    /// Changes in one sync message.
    changes_per_message: usize = 500_000, "changes";
    /// One change after inflating, in bytes.
    inflated_change_bytes: u64 = 16 << 20, "bytes";
    /// All changes of one message after inflating, in bytes.
    inflated_message_bytes: u64 = 64 << 20, "bytes";
    /// Changes that one turn of a draft takes in, inflated, from all who are there; what comes after
    /// them waits for the next turn.
    turn_bytes: usize = 32 << 20, "bytes";
    /// Operations in one change.
    operations_per_change: usize = 2_000_000, "operations";
    /// Dependencies of one change.
    dependencies_per_change: usize = 10_000, "hashes";
    /// Changes of one connection that wait for a dependency.
    waiting_changes: usize = 10_000, "changes";
    /// Memory of one connection's changes that wait for a dependency, inflated.
    waiting_bytes: usize = 16 << 20, "bytes";
    /// Changes that one connection may put into quarantine.
    quarantined_changes: usize = 10_000, "changes";
    /// Memory of the changes that one connection may put into quarantine, inflated.
    quarantined_bytes: usize = 16 << 20, "bytes";
    /// The payload of one presence message, in bytes; a larger one is dropped.
    ephemeral_bytes: usize = 64 << 10, "bytes";
    /// Storage ids that one connection may subscribe to.
    subscriptions: usize = 1_000, "storage ids";
    /// Documents that one connection may follow.
    documents_per_connection: usize = 1_000, "documents";
}
