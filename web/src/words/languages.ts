// The languages of the interface: those of the United Nations.

import type { Message } from "./format";
import type { MessageKey } from "./en";

/** A catalogue in another language. What is missing is shown in English. */
export type Translation = Partial<Record<MessageKey, Message>>;

/** A language of the interface. */
export interface Language {
  /** BCP 47 tag, as it goes into `lang` and to Intl. */
  readonly tag: string;
  /** Its name in itself. */
  readonly name: string;
  readonly direction: "ltr" | "rtl";
  /** Whether every string is translated; the others fall back to English where they must. */
  readonly complete: boolean;
  readonly load: () => Promise<Translation>;
}

export const LANGUAGES: readonly Language[] = [
  { tag: "ar", name: "العربية", direction: "rtl", complete: false, load: async () => (await import("./ar")).ar },
  { tag: "zh", name: "中文", direction: "ltr", complete: false, load: async () => (await import("./zh")).zh },
  { tag: "en-GB", name: "English", direction: "ltr", complete: true, load: async () => ({}) },
  { tag: "fr", name: "Français", direction: "ltr", complete: true, load: async () => (await import("./fr")).fr },
  { tag: "ru", name: "Русский", direction: "ltr", complete: false, load: async () => (await import("./ru")).ru },
  { tag: "es", name: "Español", direction: "ltr", complete: false, load: async () => (await import("./es")).es },
];

/** English, which is complete by definition. */
export const ENGLISH: Language = LANGUAGES.find((language) => language.tag === "en-GB") ?? {
  tag: "en-GB",
  name: "English",
  direction: "ltr",
  complete: true,
  load: async () => ({}),
};

/**
 * The first language that somebody wants and that is complete; a wish said in the interface (`chosen`)
 * counts also for languages that are not complete.
 */
export function preferred(chosen: string | null, wishes: readonly string[]): Language {
  const said = LANGUAGES.find((language) => language.tag === chosen);
  if (said) return said;
  for (const wish of wishes) {
    const short = wish.toLowerCase().split("-")[0] ?? "";
    const found = LANGUAGES.find((language) => language.tag.toLowerCase().split("-")[0] === short && language.complete);
    if (found) return found;
  }
  return ENGLISH;
}
