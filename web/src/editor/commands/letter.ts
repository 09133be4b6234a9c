// Which letter a shortcut means, on whatever keyboard.

/**
 * The letter from a to z that a key stands for, or nothing. It is the one that the key writes, wherever it lies; where
 * Option makes another character of it, or the keyboard writes another script, it is the one of its place.
 * AltGr is no shortcut, though some systems say Ctrl and Alt for it: Polish ó and ń are written by it.
 */
export function letterOf(event: Pick<KeyboardEvent, "key" | "code" | "getModifierState">): string {
  if (event.getModifierState("AltGraph")) return "";
  if (/^[a-z]$/i.test(event.key)) return event.key.toLowerCase();
  return /^Key([A-Z])$/.exec(event.code)?.[1]?.toLowerCase() ?? "";
}
