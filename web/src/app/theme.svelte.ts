// Light, dark, or as the system has it; and what else a reader sets for this device.

import { recall, remember } from "../basis/memory";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const THEME = "plenary.theme";
const QUIET = "plenary.quiet";

let theme = $state<Theme>("system");
let quiet = $state(false);

export function currentTheme(): Theme {
  return theme;
}

export function chooseTheme(next: Theme): void {
  theme = next;
  remember(THEME, next);
  if (next === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = next;
}

/** Whether other people's cursors are hidden and their comings and goings not announced. */
export function isQuiet(): boolean {
  return quiet;
}

export function setQuiet(next: boolean): void {
  quiet = next;
  remember(QUIET, next ? "yes" : null);
}

export function startTheme(): void {
  const known = recall(THEME);
  chooseTheme(THEMES.find((candidate) => candidate === known) ?? "system");
  quiet = recall(QUIET) === "yes";
}
