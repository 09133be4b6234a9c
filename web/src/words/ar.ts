// Prepared for translators: copy a line from en.ts (its comment says where it is used), translate the
// words between the quotation marks and keep the {places}. What is missing here is shown in English.

import type { Translation } from "./languages";

export const ar: Translation = {};
