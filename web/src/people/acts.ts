// What a facilitator may ask about other people, and how it is said that it was not granted.

import type { Refusal } from "../api/ask";
import type { Person } from "../api/types";
import { t } from "../words/words.svelte";

/** What is being asked, and about whom. */
export type Act =
  { readonly kind: "add" } | { readonly kind: "correct" | "role" | "same" | "erase"; readonly person: Person };

/** Why an act was refused, in the reader's language; the relay's own sentence where there are no words for it. */
export function refusalWords(kind: Act["kind"], refusal: Refusal): string {
  if (refusal.status === 0) return t("refused.offline");
  switch (refusal.code) {
    case "bad_field":
      return t("people.refused.field");
    case "no_such_part":
      return t("people.refused.gone");
    case "role_too_low":
      return t("people.refused.role");
    case "conflict":
      if (kind === "add" || kind === "correct" || kind === "same") return t(`people.refused.${kind}`);
  }
  return refusal.detail || t("refused.status", { status: refusal.status });
}
