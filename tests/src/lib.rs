//! What a user or a peer can observe.
