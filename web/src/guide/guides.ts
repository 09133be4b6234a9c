// The guides that the editor shows: those of docs/, and nothing that is written twice.

import facilitators from "../../../docs/facilitators-guide.md?guide";
import participants from "../../../docs/participants-guide.md?guide";
import type { Guide } from "../../scripts/guides";

/** By the names of their files without the language, as links between them say them. */
export const GUIDE_NAMES = ["participants-guide", "facilitators-guide"] as const;
export type GuideName = (typeof GUIDE_NAMES)[number];
export type Guides = Readonly<Record<GuideName, Guide>>;

export const ENGLISH_GUIDES: Guides = { "participants-guide": participants, "facilitators-guide": facilitators };

/** Guides in other languages than English, by the languages' tags. */
export const TRANSLATED: Readonly<Record<string, () => Promise<Guides>>> = {
  fr: async () => (await import("./fr")).guides,
};

/** The guides in a language of the interface, or in English where they are not translated or not on this device. */
export async function guidesIn(tag: string): Promise<{ tag: string; guides: Guides }> {
  try {
    const guides = await TRANSLATED[tag]?.();
    if (guides) return { tag, guides };
  } catch {
    // Offline, and these were never read on this device.
  }
  return { tag: "en-GB", guides: ENGLISH_GUIDES };
}
