// The participant's guide in this language; loaded when somebody reads it.

import participants from "../../../docs/participants-guide.ar.md?guide";
import type { Guides } from "./guides";

export const guides: Partial<Guides> = { "participants-guide": participants };
