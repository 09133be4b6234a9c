// The shortcuts of writing. `Mod` is Ctrl, on Apple's machines Command.

import type { KeyBinding } from "@codemirror/view";
import type { StateCommand } from "@codemirror/state";

import { insertFootnote } from "./blocks";
import { insertLink, toggleBold, toggleBracket, toggleCode, toggleItalic, toggleStruck } from "./inline";
import { insertAlert, setHeading, toggleList, toggleQuote } from "./lines";

/** What a command is called, in the catalogue as `command.NAME`, and how it is pressed. */
export interface WritingCommand {
  readonly name: string;
  readonly key: string;
  readonly run: StateCommand;
}

export const WRITING_COMMANDS = [
  { name: "bold", key: "Mod-b", run: toggleBold },
  { name: "italic", key: "Mod-i", run: toggleItalic },
  { name: "struck", key: "Mod-Shift-x", run: toggleStruck },
  { name: "code", key: "Mod-e", run: toggleCode },
  { name: "link", key: "Mod-k", run: insertLink },
  { name: "heading1", key: "Alt-1", run: setHeading(1) },
  { name: "heading2", key: "Alt-2", run: setHeading(2) },
  { name: "heading3", key: "Alt-3", run: setHeading(3) },
  { name: "heading4", key: "Alt-4", run: setHeading(4) },
  { name: "heading5", key: "Alt-5", run: setHeading(5) },
  { name: "heading6", key: "Alt-6", run: setHeading(6) },
  { name: "paragraph", key: "Alt-0", run: setHeading(0) },
  { name: "bullets", key: "Mod-Shift-8", run: toggleList("bullets") },
  { name: "numbers", key: "Mod-Shift-7", run: toggleList("numbers") },
  { name: "tasks", key: "Mod-Shift-6", run: toggleList("tasks") },
  { name: "quote", key: "Mod-Shift-9", run: toggleQuote },
  { name: "footnote", key: "Mod-Alt-f", run: insertFootnote },
  { name: "note", key: "Mod-Alt-n", run: insertAlert("NOTE") },
  { name: "bracket", key: "Mod-Alt-b", run: toggleBracket },
] as const satisfies readonly WritingCommand[];

export type CommandName = (typeof WRITING_COMMANDS)[number]["name"];

/** The key bindings of all writing commands. */
export const writingKeymap: readonly KeyBinding[] = WRITING_COMMANDS.map(({ key, run }) => ({
  key,
  run,
  preventDefault: true,
}));

/** What stands on keys that browsers name otherwise. */
const KEY_NAMES: Readonly<Record<string, string>> = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
  PageUp: "Page Up",
  PageDown: "Page Down",
};

/** A shortcut as the keyboard of this machine names it: "Ctrl+B" or "⌘B". */
export function shownKey(key: string, isApple: boolean): string {
  const modifiers: Readonly<Record<string, string>> = isApple
    ? { Mod: "⌘", Ctrl: "⌃", Alt: "⌥", Shift: "⇧" }
    : { Mod: "Ctrl", Ctrl: "Ctrl", Alt: "Alt", Shift: "Shift" };
  const parts = key
    .split("-")
    .map((part) => modifiers[part] ?? KEY_NAMES[part] ?? (part.length === 1 ? part.toUpperCase() : part));
  return parts.join(isApple ? "" : "+");
}
