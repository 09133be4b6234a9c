// Each proxy of docs/operating.md, set up by the very example that stands there.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CLIENTS, ELSEWHERE, HOST } from "./lib/places.mjs";
import { ask, draft, plenary, PROXIES, request, SECRET, start } from "./lib/site.mjs";

/** So many wrong secrets an address may try in a minute: see docs/operating.md. */
const GUESSES = 30;
const EVENT_WITHIN_MS = 2_000;

/** Tries a secret that opens nothing. */
const guess = (made, from, headers = {}) =>
  ask(made.path, {
    from,
    headers: { authorization: `Bearer ${"1".repeat(43)}`, ...headers },
  });

/** Guesses until it is refused; that takes as many guesses as an address has, or more on a slow machine. */
async function lockOut(made, from, headers) {
  for (let number = 0; number < 10 * GUESSES; number += 1) {
    const { status } = await guess(made, from, headers?.(number));
    if (status === 429) return;
    assert.equal(status, 403, `guess ${number}`);
  }
  assert.fail("nobody is locked out");
}

/** Whether a request is refused while an address is locked out: every other second it has one more guess. */
async function fallsWith(made, from, send) {
  for (let round = 0; round < 5; round += 1) {
    await lockOut(made, from);
    if ((await send()).status === 429) return true;
  }
  return false;
}

/** A site of a block of tests with a draft on it; its fields are there once the tests run. */
function openPlace(proxy) {
  const place = { site: null, made: null };
  before(async () => {
    place.site = await start(proxy);
    place.made = await draft("# One\n\nText.\n");
  });
  after(() => place.site?.stop());
  return place;
}

const as = (made, role) => ({ authorization: `Bearer ${made.secret(role)}` });

/** Dials a draft's websocket; gives the status of the answer when it is upgraded. */
function upgrade(made) {
  return new Promise((done, failed) => {
    const dialled = request(`/sync?access=${made.secret("editor")}`, {
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": randomBytes(16).toString("base64"),
      },
    });
    dialled.once("error", failed);
    dialled.once("response", (response) => failed(new Error(`answered with ${response.statusCode}`)));
    dialled.once("upgrade", (response, socket) => {
      socket.destroy();
      done(response.statusCode);
    });
    dialled.end();
  });
}

/** Follows a draft's events. `hears` waits for a word in what has come since the last `forget`. */
async function eventsOf(made) {
  const following = request(`${made.path}/events`, { headers: as(made, "editor") });
  const response = await new Promise((done, failed) => {
    following.once("error", failed).once("response", done).end();
  });
  assert.equal(response.statusCode, 200);
  let heard = "";
  let wake = () => {};
  response.on("data", (part) => {
    heard += part;
    wake();
  });
  return {
    async hears(word) {
      const until = Date.now() + EVENT_WITHIN_MS;
      while (!heard.includes(word)) {
        const left = until - Date.now();
        assert.ok(left > 0, `no ${word} within ${EVENT_WITHIN_MS} ms, but ${heard}`);
        await Promise.race([
          new Promise((done) => (wake = done)),
          new Promise((done) => setTimeout(done, left).unref()),
        ]);
      }
    },
    forget() {
      heard = "";
    },
    close() {
      following.on("error", () => {});
      following.destroy();
    },
  };
}

for (const [name, proxy] of PROXIES) {
  describe(`${name} in front of a relay`, () => {
    const place = openPlace(proxy);

    test("shows the pages, and keeps the numbers from the public", async () => {
      const page = await ask("/");
      assert.equal(page.status, 200);
      assert.match(page.headers["strict-transport-security"], /max-age=\d{7}/);
      assert.match(page.headers["content-security-policy"], /default-src 'self'/);
      assert.equal((await ask("/metrics")).status, 404);
    });

    test("passes the interface on, under the public address", async () => {
      const { made } = place;
      assert.ok(made.links.editor.startsWith(`https://${HOST}/d/`), made.links.editor);
      assert.ok(made.sync_url.startsWith(`wss://${HOST}/sync?`), "the websocket's address");
      const opened = await ask("/api/v1/session", {
        method: "POST",
        headers: {
          "content-type": "application/json",
          origin: `https://${HOST}`,
          "plenary-request": "1",
        },
        body: JSON.stringify({
          document_id: made.document_id,
          secret: made.secret("viewer"),
        }),
      });
      assert.equal(opened.status, 200, opened.text);
      assert.match(opened.headers["set-cookie"][0], /; Secure/);
    });

    test("lets websockets through, over which a file is synced", async () => {
      const { made, site } = place;
      assert.equal(await upgrade(made), 101);
      const file = join(site.place, "report.md");
      const first = await plenary(site.place, "sync", "--once", made.links.editor, file);
      assert.equal(first.code, 0, first.said);
      writeFileSync(file, `${readFileSync(file, "utf8")}\nFrom a file.\n`);
      const second = await plenary(site.place, "sync", "--once", made.links.editor, file);
      assert.equal(second.code, 0, second.said);
      const stored = await ask(`${made.path}/markdown`, {
        headers: as(made, "viewer"),
      });
      assert.match(stored.text, /From a file\.\n$/);
    });

    test("passes events on when they happen", async () => {
      const { made } = place;
      const events = await eventsOf(made);
      await events.hears("event: text");
      events.forget();
      const spoken = await ask(`${made.path}/people/me`, {
        method: "PUT",
        headers: {
          ...as(made, "editor"),
          "content-type": "application/json",
          "plenary-participant": "somebody behind a proxy",
        },
        body: JSON.stringify({ name: "Somebody" }),
      });
      assert.equal(spoken.status, 200, spoken.text);
      await events.hears("event: people");
      events.close();
    });

    test("takes an upload of 10 MiB", async () => {
      const answer = await ask("/api/v1/drafts/import", {
        method: "POST",
        headers: {
          authorization: `Bearer ${SECRET}`,
          "content-type": "application/vnd.plenary.bundle",
        },
        body: randomBytes(10 << 20),
      });
      // The relay has read it all, and says that it is no bundle.
      assert.equal(answer.status, 422, answer.text);
      assert.equal(JSON.parse(answer.text).code, "bad_source");
    });
  });

  describe(`${name} and who its clients are`, () => {
    const place = openPlace(proxy);

    test("tells each client's own address, whatever a client forges", async () => {
      const { made } = place;
      const [, first, second, forger] = CLIENTS;
      await lockOut(made, first);
      const other = await guess(made, second);
      assert.equal(other.status, 403, "somebody else has guesses of their own");
      await lockOut(made, forger, (number) => ({
        "x-forwarded-for": `198.51.100.${number}`,
      }));
      for (const forged of [second, "127.0.0.1", "::1", "nonsense"]) {
        const headers = {
          "x-forwarded-for": forged,
          forwarded: `for=${forged}`,
          "x-real-ip": forged,
        };
        assert.ok(await fallsWith(made, forger, () => guess(made, forger, headers)), `as ${forged}`);
      }
      const spared = await guess(made, second);
      assert.equal(spared.status, 403, "who was named has lost none of theirs for it");
    });

    test("keeps secrets out of its log", async () => {
      const { made, site } = place;
      const secret = made.secret("reviewer");
      await ask(`/sync?access=${secret}&draft=${made.document_id}`, {
        headers: {
          authorization: `Bearer ${secret}`,
          "plenary-participant": `mine-${secret}`,
          cookie: `__Host-plenary-${made.document_id}=${secret}`,
        },
      });
      // Written when the answer is over, and perhaps a moment later.
      const until = Date.now() + 10_000;
      while (!site.log().includes("/sync") && Date.now() < until) await new Promise((done) => setTimeout(done, 10));
      const log = site.log();
      assert.match(log, /\/sync/);
      for (const told of [secret, made.secret("editor"), SECRET])
        assert.ok(!log.includes(told), "a secret stands in the log");
    });
  });

  describe(`${name} on another machine`, () => {
    const listen = `${ELSEWHERE}:8320`;

    test("is believed when --trusted-proxy names it", async () => {
      const site = await start(proxy, {
        listen,
        options: ["--trusted-proxy", `${ELSEWHERE}/32`],
      });
      try {
        const made = await draft("Text.\n");
        await lockOut(made, CLIENTS[4], (number) => ({
          "x-forwarded-for": `198.51.100.${number}`,
        }));
        assert.equal((await guess(made, CLIENTS[5])).status, 403);
      } finally {
        await site.stop();
      }
    });

    test("is not believed otherwise: all its clients count as one", async () => {
      const site = await start(proxy, { listen });
      try {
        const made = await draft("Text.\n");
        assert.ok(await fallsWith(made, CLIENTS[6], () => guess(made, CLIENTS[7])));
      } finally {
        await site.stop();
      }
    });
  });
}
