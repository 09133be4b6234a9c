/** The real relay, started for a test from the program that PLENARY_BIN names. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import WebSocketOfNode from "ws";

/** The program, or null when it is not there. */
export function relayProgram(): string | null {
  const path = process.env["PLENARY_BIN"];
  return path !== undefined && existsSync(path) ? path : null;
}

export interface MadeDraft {
  readonly document_id: string;
  readonly links: Readonly<Record<"facilitator" | "editor" | "reviewer" | "viewer", string>>;
}

export class Relay {
  private constructor(
    private readonly program: string,
    readonly folder: string,
    private child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(program: string): Promise<Relay> {
    const folder = mkdtempSync(join(tmpdir(), "plenary-web-"));
    const { child, url } = await launch(program, folder, "127.0.0.1:0");
    return new Relay(program, folder, child, url);
  }

  /** Makes a draft of a Markdown source. */
  async draft(title: string, markdown: string): Promise<MadeDraft> {
    const answer = await fetch(`${this.url}/api/v1/drafts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ title, markdown }),
    });
    if (!answer.ok) {
      throw new Error(`making a draft: ${answer.status} ${await answer.text()}`);
    }
    return (await answer.json()) as MadeDraft;
  }

  /** The draft's Markdown as the relay has it. */
  async markdown(draft: MadeDraft): Promise<string> {
    const answer = await fetch(`${this.url}/api/v1/drafts/${draft.document_id}/markdown`, {
      headers: { authorization: `Bearer ${secretOf(draft.links.facilitator)}` },
    });
    return answer.text();
  }

  /** Kills it as a power cut would. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) {
      return;
    }
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGKILL");
    await ended;
  }

  /** Starts it again at the same address. */
  async restart(): Promise<void> {
    const { child } = await launch(this.program, this.folder, new URL(this.url).host);
    this.child = child;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function launch(program: string, folder: string, listen: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(program, ["serve", "--listen", listen, "--data", join(folder, "data")], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, HOME: folder },
  });
  return new Promise((resolve, reject) => {
    let output = "";
    child.once("error", reject);
    child.once("exit", (code) => {
      reject(new Error(`the relay ended with ${code}: ${output}`));
    });
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const url = /^(http:\/\/\S+)/m.exec(output)?.[1];
      if (url !== undefined) {
        resolve({ child, url });
      }
    });
  });
}

/** The secret that a link carries in its fragment. */
export const secretOf = (link: string): string => new URL(link).hash.slice(1);

/** A socket of Node's, as the page's own. */
export const nodeSocket = (url: string): WebSocket => new WebSocketOfNode(url) as unknown as WebSocket;

/** Waits until `condition` holds, and says what it waited for when it never does. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 20_000,
): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > end) {
      throw new Error(`waited in vain until ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
