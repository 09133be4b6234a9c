// automerge-repo's peers as tests need them.

import { Repo } from "@automerge/automerge-repo";
import { WebSocketClientAdapter } from "@automerge/automerge-repo-network-websocket";

/** A storage adapter of automerge-repo that keeps everything in memory. */
export class MemoryStorage {
  #entries = new Map();
  #name = (key) => key.join("\u0000");

  async load(key) {
    return this.#entries.get(this.#name(key))?.data;
  }

  async save(key, data) {
    this.#entries.set(this.#name(key), { key, data });
  }

  async remove(key) {
    this.#entries.delete(this.#name(key));
  }

  async loadRange(prefix) {
    return [...this.#entries.values()].filter(({ key }) => prefix.every((part, at) => key[at] === part));
  }

  async removeRange(prefix) {
    for (const { key } of await this.loadRange(prefix)) await this.remove(key);
  }
}

/**
 * A client that dials `url`. With `announce: false` it tells nobody of its documents, as a client
 * that only looks. `close()` ends it for good; automerge-repo's own shutdown would go on redialling.
 */
export function dial(url, { peerId, storage = false, gossip = true, announce = true, retry = 200 } = {}) {
  const adapter = new WebSocketClientAdapter(url, retry);
  const repo = new Repo({
    network: [adapter],
    storage: storage ? new MemoryStorage() : undefined,
    peerId,
    enableRemoteHeadsGossiping: gossip,
    sharePolicy: async () => announce,
  });
  return { repo, adapter, close: () => hangUp(adapter) };
}

/** Ends a client adapter for good: no redialling, no socket that keeps the process alive. */
export function hangUp(adapter) {
  // A dial that is scheduled already cannot be cancelled, but it can be made to do nothing.
  adapter.connect = () => {};
  const socket = adapter.socket;
  try {
    adapter.disconnect();
  } catch {
    // It was not connected.
  }
  socket?.on?.("error", () => {});
  socket?.terminate?.();
}
