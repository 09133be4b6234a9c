/** Loads Automerge's WebAssembly, once. */
import { isWasmInitialized } from "@automerge/automerge";
import { initializeWasm } from "@automerge/automerge-repo/slim";
import wasmUrl from "@automerge/automerge/automerge.wasm?url";

let loading: Promise<void> | null = null;

/** Resolves when documents can be read. */
export function loadAutomerge(): Promise<void> {
  if (isWasmInitialized()) {
    return Promise.resolve();
  }
  loading ??= initializeWasm(wasmUrl).catch((error: unknown) => {
    loading = null;
    throw error;
  });
  return loading;
}
