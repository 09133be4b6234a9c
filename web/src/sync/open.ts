/** Opening a draft. */
import { Repo, type AutomergeUrl, type DocHandle, type PeerId } from "@automerge/automerge-repo";
import { documentId, type DocumentId } from "../document/ids";
import { randomKey } from "../document/keys";
import type { MutableRoot } from "../document/live";
import { KNOWN_VERSION, readDocuments, readRecord } from "../document/schema/record";
import type { Node } from "../document/schema/value";
import { Device } from "./device";
import { LiveSession } from "./live-session";
import { Receipts } from "./receipts";
import { RelayAdapter } from "./relay-adapter";
import { RepoDocument } from "./repo-document";
import { CannotOpen, type DraftSession, type OpenOptions } from "./session";
import { Truth } from "./truth";
import { loadAutomerge } from "./wasm";

/** What programs and tests put in the place of the browser's. */
export interface Surroundings {
  readonly socket?: (url: string) => WebSocket;
}

/**
 * Opens a draft: from this device where it is kept here, else from the relay. Rejects with
 * {@link CannotOpen} when it is neither here nor to be had.
 */
export async function openDraft(options: OpenOptions, surroundings: Surroundings = {}): Promise<DraftSession> {
  await loadAutomerge();
  if (!/^[1-9A-HJ-NP-Za-km-z]{20,40}$/.test(options.documentId)) {
    throw new CannotOpen("not-found", `${options.documentId} is not the id of a draft`);
  }
  const truth = new Truth();
  const device = await Device.open(options.documentId, truth);
  truth.keeps = device.storage !== null;
  truth.storageTrouble = device.trouble;
  // Before the connection begins: they are the first that the relay is told.
  // Where they cannot be read the draft opens all the same: those that are stored stay for the next opening, and only
  // a relay that was restored from a backup meanwhile asks for them.
  const receipts = await Receipts.load(device.storage).catch(() => Receipts.load(null));
  const peer = `plenary-${randomKey()}`;
  const wanted = new Set<string>([options.documentId]);
  let session: LiveSession | null = null;
  const adapter = new RelayAdapter({
    url: socketUrl(options),
    participantSecret: options.participantSecret,
    instance: options.instance,
    receipts: () => receipts.all(),
    ...(surroundings.socket === undefined ? {} : { socket: surroundings.socket }),
    listener: {
      state: (state) => {
        truth.connectionIs(state);
        session?.connectionIs(state);
      },
      saved: (id, heads, at) => {
        truth.announced(id, heads, at);
      },
      signed: (id, heads, receipt) => {
        receipts.hear(id, heads, receipt);
      },
      quarantined: (id, hashes, message) => session?.refused(id, hashes, message),
      readOnly: (id, message) => session?.toldReadOnly(id, message),
      roleChanged: () => session?.roleChanged(),
      notice: (message) => session?.notice(message),
      moved: (what) => session?.moved(what),
      participant: (id) => session?.renamed(id),
    },
  });
  const isWanted = (_peer: PeerId, id?: string): Promise<boolean> =>
    Promise.resolve(id !== undefined && wanted.has(id));
  const repo = new Repo({
    peerId: peer as PeerId,
    network: [adapter],
    ...(device.storage === null ? {} : { storage: device.storage }),
    // Other documents are neither offered to the relay nor taken from it.
    shareConfig: { announce: isWanted, access: isWanted },
  });
  const finder = new Finder(repo, truth);
  for (const id of Object.values(options.documents ?? {})) {
    // All three are asked for at once when they are known.
    wanted.add(id);
    finder.find(id).catch(() => undefined);
  }
  try {
    const record = new RepoDocument(await finder.find(options.documentId));
    const version = readRecord(record.doc() as Node).version;
    if (version > KNOWN_VERSION) {
      truth.tooOld = `this draft has format ${version}, and this page knows ${KNOWN_VERSION}`;
      adapter.disconnect();
    }
    const ids = idsOf(options, record);
    wanted.add(ids.text).add(ids.discussion);
    const [text, discussion] = await Promise.all([finder.find(ids.text), finder.find(ids.discussion)]);
    session = new LiveSession({
      options,
      truth,
      device,
      receipts,
      adapter,
      repo,
      peer,
      record,
      text: new RepoDocument(text),
      discussion: new RepoDocument(discussion),
    });
    return session;
  } catch (error) {
    adapter.disconnect();
    truth.close();
    device.close();
    throw error;
  }
}

function idsOf(options: OpenOptions, record: RepoDocument): { text: DocumentId; discussion: DocumentId } {
  const said = readDocuments(record.doc() as Node);
  const text = options.documents?.text ?? said.text;
  const discussion = options.documents?.discussion ?? said.discussion;
  if (text === null || discussion === null) {
    throw new CannotOpen("unreadable", "the draft's record does not name its text and discussion");
  }
  return { text, discussion };
}

function socketUrl({ server, documentId: draft, secret }: OpenOptions): string {
  const url = new URL("/sync", server ?? globalThis.location.href);
  url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
  url.searchParams.set("draft", draft);
  if (secret !== undefined) {
    url.searchParams.set("access", secret);
  }
  return url.href;
}

/** Finds documents, and says why one cannot be had. */
class Finder {
  constructor(
    private readonly repo: Repo,
    private readonly truth: Truth,
  ) {}

  async find(id: DocumentId): Promise<DocHandle<MutableRoot>> {
    try {
      return await this.repo.find<MutableRoot>(`automerge:${id}` as AutomergeUrl);
    } catch (error) {
      throw this.reason(id, error);
    }
  }

  private reason(id: DocumentId, error: unknown): CannotOpen {
    const { connection } = this.truth;
    if (connection.kind === "stopped" && connection.ending?.again === "no") {
      const { why } = connection.ending;
      return new CannotOpen(why === "quarantine-full" ? "protocol" : why, connection.message);
    }
    const handle = Object.values(this.repo.handles).find((it) => documentId(it.documentId) === id);
    if (handle?.state !== "unavailable") {
      const words = error instanceof Error ? error.message : String(error);
      return new CannotOpen("unreadable", `the draft cannot be read: ${words}`);
    }
    return connection.kind === "connected"
      ? new CannotOpen("unauthorised", "this link does not show the text as it is written")
      : new CannotOpen("offline", "the draft is not kept on this device, and the server is away");
  }
}
