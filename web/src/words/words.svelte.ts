// The words of the interface in the language of the reader. `t` is reactive: what shows a message is
// shown anew when the language changes.

import { en, type MessageKey } from "./en";
import { fill, isolated, type Parameters } from "./format";
import { ENGLISH, LANGUAGES, preferred, type Language, type Translation } from "./languages";
import { keepLanguage } from "../offline/register";
import { recall, remember } from "../basis/memory";

export type { MessageKey };
export { LANGUAGES };

const CHOSEN = "plenary.language";

let current = $state.raw<{ language: Language; translation: Translation }>({ language: ENGLISH, translation: en });

/** The language that is shown. */
export function language(): Language {
  return current.language;
}

/** A message in the reader's language. */
export function t(key: MessageKey, parameters: Parameters = {}): string {
  const { language: spoken, translation } = current;
  return fill(translation[key], parameters, spoken.formats);
}

/** What belongs together on one line, with the language's own comma between; empty words are left out. */
export function listed(words: readonly string[]): string {
  return words
    .filter(Boolean)
    .map((one) => isolated(one, current.language.tag))
    .join(t("comma"));
}

/**
 * The `dir` of a field in which people write: as its words run, and as the page while it is empty, so
 * that its placeholder and cursor stand where a line begins.
 */
export function fieldDirection(value: string | null | undefined): "auto" | undefined {
  return value ? "auto" : undefined;
}

/** Loads the language that this person chose, or the browser's. Call it once before anything is shown. */
export async function startWords(): Promise<void> {
  await show(preferred(recall(CHOSEN), navigator.languages));
}

/** Shows the interface in another language, and remembers the choice on this device. */
export async function chooseLanguage(tag: string): Promise<void> {
  const found = LANGUAGES.find((candidate) => candidate.tag === tag);
  if (!found) return;
  remember(CHOSEN, tag);
  await show(found);
}

async function show(next: Language): Promise<void> {
  try {
    current = { language: next, translation: next.load ? await next.load() : en };
    keepLanguage(next.tag);
  } catch {
    // Offline before this language was ever loaded: English is in the program.
    current = { language: ENGLISH, translation: en };
  }
  document.documentElement.lang = current.language.tag;
  document.documentElement.dir = current.language.direction;
}
