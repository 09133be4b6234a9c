// The guides that the editor shows: those of docs/, and nothing that is written twice.

import facilitators from "../../../docs/facilitators-guide.md?guide";
import participants from "../../../docs/participants-guide.md?guide";

/** By the names of their files, as links between them say them. */
export const GUIDES = { "participants-guide": participants, "facilitators-guide": facilitators } as const;
export type GuideName = keyof typeof GUIDES;
export const GUIDE_NAMES = ["participants-guide", "facilitators-guide"] as const;
