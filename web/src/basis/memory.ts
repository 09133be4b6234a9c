// What this browser keeps for the person who uses it: small things only, none of them the draft.
// Browsers may refuse storage (private mode); then everything works and nothing is remembered.

/** The remembered value, or null. */
export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Remembers a value; null forgets it. False when the browser refuses. */
export function remember(key: string, value: string | null): boolean {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
    return true;
  } catch {
    return false;
  }
}

/** A remembered JSON value, checked by `read`, which gives null for anything that it does not know. */
export function recallJson<T>(key: string, read: (value: unknown) => T | null): T | null {
  const text = recall(key);
  if (text === null) return null;
  try {
    return read(JSON.parse(text));
  } catch {
    return null;
  }
}
