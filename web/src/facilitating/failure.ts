// Why the relay did not do what was asked, in words for whoever asked.

import type { Answer } from "../api/ask";
import { t } from "../words/words.svelte";

/** Empty when it was done. */
export function failureOf(answer: Answer<unknown>): string {
  if (answer.ok) return "";
  if (answer.status === 0) return t("refused.offline");
  return answer.detail || t("refused.status", { status: String(answer.status) });
}
