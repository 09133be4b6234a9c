/** Loads Automerge's WebAssembly before any test runs, as the page does before it starts. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { initializeWasm } from "@automerge/automerge-repo/slim";

const path = createRequire(import.meta.url).resolve("@automerge/automerge/automerge.wasm");
await initializeWasm(new Uint8Array(readFileSync(path)));
