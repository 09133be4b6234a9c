// On what terms a link opens a draft: what its form holds, and what of it is sent. Pure.

import type { Link, LinkTerms } from "../api/types";

/** The most uses that the relay takes as a limit. */
export const MOST_USES = 1_000_000;
const DAY_MS = 24 * 60 * 60 * 1_000;

/** The terms as they stand in the form. */
export interface Terms {
  label: string;
  /** When it expires: `keep` as it is now, `0` never, else in so many days from now. */
  ends: string;
  /** The key of the stakeholder group that is proposed; empty for none. */
  group: string;
  /** How many people may join by it, as typed; empty for any number. */
  most: string;
}

/** The form filled in as a link is; without a link as a new one is proposed. */
export function termsOf(link?: Link): Terms {
  return {
    label: link?.label ?? "",
    ends: link?.expiresMs ? "keep" : "0",
    group: link?.group ?? "",
    most: link?.usesLimit ? String(link.usesLimit) : "",
  };
}

/** How many people may join; null for any number, undefined for what is no number of people. */
export function mostOf(terms: Terms): number | null | undefined {
  const typed = terms.most.trim();
  if (typed === "") return null;
  const most = Number(typed);
  return Number.isInteger(most) && most >= 1 && most <= MOST_USES ? most : undefined;
}

/**
 * What of the form differs from the link: what was not touched is not sent, so that two who change different
 * terms take nothing from each other. Null takes a term away. Times in milliseconds since 1970.
 */
export function changeOf(terms: Terms, now: number, link?: Link): LinkTerms {
  const before = termsOf(link);
  const label = terms.label.trim();
  const most = mostOf(terms);
  return {
    ...(label !== before.label && { label: label || null }),
    ...(terms.ends !== before.ends &&
      terms.ends !== "keep" && { expires_ms: terms.ends === "0" ? null : now + Number(terms.ends) * DAY_MS }),
    ...(terms.group !== before.group && { group: terms.group || null }),
    ...(most !== undefined && most !== (link?.usesLimit ?? null) && { uses: most }),
  };
}
