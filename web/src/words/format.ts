// How messages are written and filled in. Pure: languages and plural rules come from Intl.

/** A sentence for each plural category that a language needs; `other` always exists. */
export interface Plural {
  readonly zero?: string;
  readonly one?: string;
  readonly two?: string;
  readonly few?: string;
  readonly many?: string;
  readonly other: string;
}

/** A message: plain words, or words that depend on the parameter `count`. */
export type Message = string | Plural;

/** What may be put into `{name}` places. Numbers are written as the language writes them. */
export type Parameters = Readonly<Record<string, string | number>>;

/**
 * Fills a message in. `{name}` is replaced by the parameter of that name; a place without a
 * parameter stays as it is, so that a mistake is seen and nothing breaks. `language` is a tag for Intl.
 */
export function fill(message: Message, parameters: Parameters, language: string): string {
  const text = typeof message === "string" ? message : chosenPlural(message, parameters, language);
  return text.replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = parameters[name];
    if (value === undefined) return place;
    return typeof value === "number" ? new Intl.NumberFormat(language).format(value) : isolated(value, language);
  });
}

const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
/** Letters of all scripts, without those that run from right to left. */
const LEFT_TO_RIGHT = /(?![\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}])\p{L}/u;

/**
 * Words of the other direction within a sentence, between the signs that keep them apart (U+2068 and
 * U+2069, Unicode Standard Annex 9): without these, a name in Latin letters draws the full stop, the
 * number or the quotation mark beside it to its own side of an Arabic sentence, and the other way round.
 */
export function isolated(words: string, language: string): string {
  const other = isRightToLeft(language) ? LEFT_TO_RIGHT : RIGHT_TO_LEFT;
  return other.test(words) ? `\u2068${words}\u2069` : words;
}

/** Whether a language of the interface runs from right to left. */
function isRightToLeft(language: string): boolean {
  return /^ar(?:-|$)/i.test(language);
}

function chosenPlural(message: Plural, parameters: Parameters, language: string): string {
  const count = parameters["count"];
  if (typeof count !== "number") return message.other;
  const category = new Intl.PluralRules(language).select(count);
  return message[category] ?? message.other;
}

/** The names of the `{places}` of a message, sorted, for the tests of translations. */
export function places(message: Message): string[] {
  const texts = typeof message === "string" ? [message] : Object.values(message);
  const names = new Set<string>();
  for (const text of texts) {
    for (const match of String(text).matchAll(/\{(\w+)\}/g)) names.add(match[1] ?? "");
  }
  return [...names].sort();
}
