// The guides that the editor shows: those of docs/, and nothing that is written twice.

import facilitators from "../../../docs/facilitators-guide.md?guide";
import participants from "../../../docs/participants-guide.md?guide";
import type { Guide } from "../../scripts/guides";

/** By the names of their files without the language, as links between them say them. */
export const GUIDE_NAMES = ["participants-guide", "facilitators-guide"] as const;
export type GuideName = (typeof GUIDE_NAMES)[number];
export type Guides = Readonly<Record<GuideName, Guide>>;

export const ENGLISH_GUIDES: Guides = { "participants-guide": participants, "facilitators-guide": facilitators };

/** Guides in other languages than English, by the languages' tags: all of them, or those that are translated. */
export const TRANSLATED: Readonly<Record<string, () => Promise<Partial<Guides>>>> = {
  ar: async () => (await import("./ar")).guides,
  es: async () => (await import("./es")).guides,
  fr: async () => (await import("./fr")).guides,
  ru: async () => (await import("./ru")).guides,
  zh: async () => (await import("./zh")).guides,
};

/** A guide with the language in which it is written. */
export interface GuideIn {
  readonly tag: string;
  readonly guide: Guide;
}

/** The guides in a language of the interface; in English where they are not translated or not on this device. */
export async function guidesIn(tag: string): Promise<Readonly<Record<GuideName, GuideIn>>> {
  let translated: Partial<Guides> = {};
  try {
    translated = (await TRANSLATED[tag]?.()) ?? {};
  } catch {
    // Offline, and these were never read on this device.
  }
  const choose = (name: GuideName): GuideIn => {
    const guide = translated[name];
    return guide ? { tag, guide } : { tag: "en-GB", guide: ENGLISH_GUIDES[name] };
  };
  return { "participants-guide": choose("participants-guide"), "facilitators-guide": choose("facilitators-guide") };
}
