// The guides in French; loaded when somebody reads them in French.

import facilitators from "../../../docs/facilitators-guide.fr.md?guide";
import participants from "../../../docs/participants-guide.fr.md?guide";
import type { Guides } from "./guides";

export const guides: Guides = { "participants-guide": participants, "facilitators-guide": facilitators };
