/** A document of a Repo, as the models want it. */
import type { Doc } from "@automerge/automerge";
import type { DocHandle } from "@automerge/automerge-repo";
import { documentId, type DocumentId } from "../document/ids";
import { Listeners, type LiveDocument, type LiveListener, type MutableRoot } from "../document/live";

export class RepoDocument implements LiveDocument {
  private readonly listeners = new Listeners();
  private remote = 0;
  /** Whether one's own changes say when they were made. */
  saysWhen = true;

  constructor(readonly handle: DocHandle<MutableRoot>) {
    // Everything that comes from the network or the storage goes through `update`, and what one
    // changes oneself does not. So this is the one place where what was typed can be written before
    // something else is applied; afterwards it would be a change of another text.
    const update = handle.update.bind(handle);
    handle.update = (callback) => {
      if (this.remote === 0) {
        this.listeners.beforeRemote();
      }
      this.remote += 1;
      try {
        update(callback);
      } finally {
        this.remote -= 1;
      }
    };
    handle.on("change", ({ patches }) => {
      this.listeners.changed(patches, this.remote > 0 ? "remote" : "local");
    });
  }

  get id(): DocumentId {
    return documentId(this.handle.documentId);
  }

  doc(): Doc<unknown> {
    return this.handle.doc();
  }

  change(message: string, write: (root: MutableRoot) => void): void {
    this.handle.change(write, this.saysWhen ? { message } : { message, time: 0 });
  }

  listen(listener: LiveListener): () => void {
    return this.listeners.add(listener);
  }
}
