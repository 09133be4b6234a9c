// A Word file becomes Markdown at a relay that can do that; what became of it is said in plain words.

import type { Refusal } from "../api/ask";
import { convertWord, lookAtServer } from "../api/relay";
import type { Converted } from "../api/types";
import type { MessageKey } from "../words/words.svelte";

/** Why a file was not converted, as a sentence of the catalogue with the file's `name` and the limit in `megabytes`. */
export interface NotConverted {
  readonly kind: "refused";
  readonly message: MessageKey;
  readonly parameters: Readonly<Record<string, string>>;
  /** The relay's own words, when the catalogue has none for it. */
  readonly detail: string;
  /** The relay asks for the site secret; it was sent and is wrong when `wrongSecret`. */
  readonly needsSecret: boolean;
  readonly wrongSecret: boolean;
}

export type WordImport = ({ readonly kind: "converted" } & Converted) | NotConverted;

const MESSAGES: Readonly<Record<string, MessageKey>> = {
  no_pandoc: "start.word",
  not_word: "start.wordDamaged",
  too_large: "start.wordTooLarge",
  conversion_failed: "start.wordFailed",
  busy: "start.wordBusy",
  too_fast: "start.wordBusy",
  no_site_secret: "start.secretNeeded",
  wrong_site_secret: "start.secretWrong",
  unreachable: "start.unreachable",
};

/** Converts a Word file, when the relay can. Never throws. */
export async function importWord(file: File, siteSecret: string): Promise<WordImport> {
  const server = await lookAtServer();
  if (!server.ok && server.status === 0) return refused(file, server, 0);
  // A relay that does not say what it can do is older than this page and cannot do this.
  if (!server.ok || !server.body.wordImport)
    return refused(file, { ok: false, status: 501, code: "no_pandoc", detail: "" }, 0);
  const { wordBytes } = server.body;
  if (wordBytes > 0 && file.size > wordBytes)
    return refused(file, { ok: false, status: 413, code: "too_large", detail: "" }, wordBytes);
  const answer = await convertWord(file, siteSecret);
  return answer.ok ? { kind: "converted", ...answer.body } : refused(file, answer, wordBytes);
}

function refused(file: File, refusal: Refusal, most: number): NotConverted {
  const { code, detail, status } = refusal;
  return {
    kind: "refused",
    message: MESSAGES[code] ?? "refused.status",
    parameters: {
      name: file.name,
      megabytes: String(Math.floor((most || 20 * 1024 * 1024) / (1024 * 1024))),
      status: String(status),
    },
    detail: code in MESSAGES ? "" : detail,
    needsSecret: code === "no_site_secret" || code === "wrong_site_secret",
    wrongSecret: code === "wrong_site_secret",
  };
}
