// The languages of the interface: those of the United Nations.

import type { Message } from "./format";
import type { MessageKey } from "./en";

/** A catalogue in another language than English: it says everything. */
export type Translation = Readonly<Record<MessageKey, Message>>;

/** A language of the interface. */
export interface Language {
  /** BCP 47 tag, as it goes into `lang`. */
  readonly tag: string;
  /** The tag for Intl: numbers, times and plural forms. */
  readonly formats: string;
  /** Its name in itself. */
  readonly name: string;
  readonly direction: "ltr" | "rtl";
  /** Whether somebody who works in the language read the translation; see CONTRIBUTING.md. */
  readonly reviewed: boolean;
  /** Null for English, which is in the program; the others are loaded when they are chosen. */
  readonly load: (() => Promise<Translation>) | null;
}

/** English: the language in which the interface is written first. */
export const ENGLISH: Language = {
  tag: "en-GB",
  formats: "en-GB",
  name: "English",
  direction: "ltr",
  reviewed: true,
  load: null,
};

/** In the order of the English names, as in documents of the United Nations. */
export const LANGUAGES: readonly Language[] = [
  // Documents of the United Nations in Arabic write numbers with European digits, and so do our reports; the
  // 24 hours of the day are the same wherever Arabic is read.
  {
    tag: "ar",
    formats: "ar-u-hc-h23-nu-latn",
    name: "العربية",
    direction: "rtl",
    reviewed: false,
    load: async () => (await import("./ar")).ar,
  },
  {
    tag: "zh",
    formats: "zh-Hans-CN",
    name: "中文",
    direction: "ltr",
    reviewed: false,
    load: async () => (await import("./zh")).zh,
  },
  ENGLISH,
  {
    tag: "fr",
    formats: "fr",
    name: "Français",
    direction: "ltr",
    reviewed: true,
    load: async () => (await import("./fr")).fr,
  },
  {
    tag: "ru",
    formats: "ru",
    name: "Русский",
    direction: "ltr",
    reviewed: false,
    load: async () => (await import("./ru")).ru,
  },
  {
    tag: "es",
    formats: "es",
    name: "Español",
    direction: "ltr",
    reviewed: false,
    load: async () => (await import("./es")).es,
  },
];

/** The language that somebody chose in the interface, else the first one that the browser wishes for. */
export function preferred(chosen: string | null, wishes: readonly string[]): Language {
  const said = LANGUAGES.find((language) => language.tag === chosen);
  if (said) return said;
  for (const wish of wishes) {
    const short = shortTag(wish);
    const found = LANGUAGES.find((language) => shortTag(language.tag) === short);
    if (found) return found;
  }
  return ENGLISH;
}

/** The language alone, such as `zh` of `zh-Hant-TW`. */
function shortTag(tag: string): string {
  return tag.toLowerCase().split("-")[0] ?? "";
}
