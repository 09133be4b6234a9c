/**
 * Loads Automerge's WebAssembly before any test runs, as the page does before it starts. Property
 * tests draw from the same seed in every run, so that a failure is the fault of the change at hand;
 * `cargo xtask check --long` gives others.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { initializeWasm } from "@automerge/automerge-repo/slim";
import fc from "fast-check";

const path = createRequire(import.meta.url).resolve("@automerge/automerge/automerge.wasm");
await initializeWasm(new Uint8Array(readFileSync(path)));

fc.configureGlobal({ seed: Number(process.env["PLENARY_PROPERTY_SEED"] ?? 20_180_115) });
