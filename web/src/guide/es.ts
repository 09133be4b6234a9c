// The guides in this language; loaded when somebody reads them.

import facilitators from "../../../docs/facilitators-guide.es.md?guide";
import participants from "../../../docs/participants-guide.es.md?guide";
import type { Guides } from "./guides";

export const guides: Guides = { "participants-guide": participants, "facilitators-guide": facilitators };
