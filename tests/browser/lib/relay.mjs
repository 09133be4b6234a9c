// A relay of the test's own: fresh data, a port of its own, gone afterwards.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { serve } from "../../lib/program.mjs";

/**
 * Starts the relay; `address` is `http://127.0.0.1:PORT`. `data` is the folder of an earlier relay that
 * was killed; `stop` removes it in any case. `environment` is added to that of the tests.
 */
export async function startRelay(data = null, environment = {}) {
  data ??= await mkdtemp(path.join(tmpdir(), "plenary-browser-"));
  const relay = await serve(data, { environment });
  return {
    address: relay.address,
    pid: relay.child.pid,
    data,
    /** Ends it as a power cut would. */
    kill: () => relay.stop("SIGKILL"),
    async stop() {
      await relay.stop();
      await rm(data, { recursive: true, force: true });
    },
  };
}
