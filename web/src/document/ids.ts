/**
 * The kinds of id, told apart by the type checker. All are strings on the wire.
 */

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** The key of a section of the text. */
export type SectionId = Branded<"section">;
/** The key of a comment, suggestion, position, milestone or other entry. */
export type EntryId = Branded<"entry">;
/** A participant: random, and never a name. */
export type ParticipantId = Branded<"participant">;
/** An Automerge actor, in hexadecimal. */
export type ActorId = Branded<"actor">;
/** The hash of a change, 64 hexadecimal digits. */
export type ChangeHash = Branded<"change">;
/** A document's id: 16 bytes in base58 with a checksum, without `automerge:`. */
export type DocumentId = Branded<"document">;
/** What a document's state is named by: the hashes of the changes that nothing follows. */
export type Heads = readonly ChangeHash[];

/** Takes any string for a section's key; keys come from peers and may be anything. */
export const sectionId = (text: string): SectionId => text as SectionId;
/** Takes any string for an entry's key. */
export const entryId = (text: string): EntryId => text as EntryId;
/** Takes any string for a participant. */
export const participantId = (text: string): ParticipantId => text as ParticipantId;
/** Takes any string for an actor. */
export const actorId = (text: string): ActorId => text as ActorId;
/** Takes any string for a change's hash. */
export const changeHash = (text: string): ChangeHash => text as ChangeHash;
/** Takes any string for a document's id; {@link openDraft} refuses what is none. */
export const documentId = (text: string): DocumentId => text as DocumentId;
