/**
 * A document that is open and changes: what the models need of it, so that they work over a Repo's
 * handle as well as over a document alone.
 */
import * as A from "@automerge/automerge";
import type { Doc, Patch } from "@automerge/automerge";
import type { Node } from "./schema/value";

/** A document's root while a change is being made. */
export type MutableRoot = Record<string, unknown>;

export interface LiveListener {
  /** Somebody else's changes are about to be applied: write now what belongs before them. */
  beforeRemote?(): void;
  /** The document changed. */
  changed(patches: readonly Patch[], origin: "local" | "remote"): void;
}

export interface LiveDocument {
  /** The document now. */
  doc(): Doc<unknown>;
  /** Makes one change. Throws when the document cannot be written. */
  change(message: string, write: (root: MutableRoot) => void): void;
  listen(listener: LiveListener): () => void;
}

export const rootOf = (live: LiveDocument): Node => live.doc() as Node;

/** Keeps the listeners of a document. */
export class Listeners {
  private readonly all = new Set<LiveListener>();

  add(listener: LiveListener): () => void {
    this.all.add(listener);
    return () => {
      this.all.delete(listener);
    };
  }

  beforeRemote(): void {
    for (const listener of [...this.all]) {
      listener.beforeRemote?.();
    }
  }

  changed(patches: readonly Patch[], origin: "local" | "remote"): void {
    if (patches.length > 0) {
      for (const listener of [...this.all]) {
        listener.changed(patches, origin);
      }
    }
  }
}

/** A document alone, which others are merged into by hand: for tests, bundles and trials. */
export class LoneDocument implements LiveDocument {
  private readonly listeners = new Listeners();

  constructor(private current: Doc<MutableRoot>) {}

  doc(): Doc<unknown> {
    return this.current;
  }

  change(message: string, write: (root: MutableRoot) => void): void {
    const patches: Patch[] = [];
    this.current = A.change(this.current, { message, patchCallback: (made) => patches.push(...made) }, write);
    this.listeners.changed(patches, "local");
  }

  /** Applies changes of others, as a network would. */
  receive(changes: Uint8Array[]): void {
    this.listeners.beforeRemote();
    const before = A.getHeads(this.current);
    [this.current] = A.applyChanges(this.current, changes);
    this.listeners.changed(A.diff(this.current, before, A.getHeads(this.current)), "remote");
  }

  listen(listener: LiveListener): () => void {
    return this.listeners.add(listener);
  }
}
