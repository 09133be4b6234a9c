// Who is who at a glance: each stakeholder group has a marker of its own shape and hue. Colour never
// carries the meaning alone.

/** The shapes, in the order in which groups are listed; beyond seven they begin again. */
const SHAPES = ["circle", "square", "triangle", "diamond", "hexagon", "cross", "ring"] as const;
export type Shape = (typeof SHAPES)[number];

export interface Mark {
  readonly shape: Shape;
  /** From 1 to 7: the token `--group-N`. */
  readonly hue: number;
}

/** The groups that a draft begins with, when the relay names none. */
export const DEFAULT_GROUPS = [
  "governments",
  "business",
  "civil-society",
  "technical",
  "academia",
  "intergovernmental",
  "other",
] as const;

/** The mark of a group by its place in the list; without a group the last one, a ring. */
export function markOf(groups: readonly { readonly key: string }[], key: string | null): Mark {
  const index = key === null ? -1 : groups.findIndex((group) => group.key === key);
  if (index < 0) return { shape: "ring", hue: 7 };
  const place = index % SHAPES.length;
  return { shape: SHAPES[place] ?? "ring", hue: place + 1 };
}

/** Where each shape's outline runs, in a box of 12 by 12. */
export const PATHS: Readonly<Record<Shape, string>> = {
  circle: "M6 1a5 5 0 1 1 0 10A5 5 0 0 1 6 1Z",
  square: "M1.5 1.5h9v9h-9Z",
  triangle: "M6 1 11.2 10.5H.8Z",
  diamond: "M6 .5 11.5 6 6 11.5.5 6Z",
  hexagon: "M3.2 1.2h5.6L11.6 6 8.8 10.8H3.2L.4 6Z",
  cross: "M4 1h4v3h3v4H8v3H4V8H1V4h3Z",
  ring: "M6 1a5 5 0 1 1 0 10A5 5 0 0 1 6 1Zm0 2.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6Z",
};

/** Up to two letters that stand for a name: "Amina Diallo" is AD, 王小明 is 王. */
export function initials(name: string): string {
  const words = name
    .trim()
    .split(/[\s-]+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word));
  const letters = words.map((word) => [...word].find((char) => /[\p{L}\p{N}]/u.test(char)) ?? "");
  const first = letters[0] ?? "";
  if (/[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(first)) return first;
  const last = letters.length > 1 ? (letters.at(-1) ?? "") : "";
  // Arabic letters that touch are drawn as one word: initials stand apart there.
  const between = /\p{Script=Arabic}/u.test(first) && last !== "" ? "\u00a0" : "";
  return (first + between + last).toLocaleUpperCase();
}
