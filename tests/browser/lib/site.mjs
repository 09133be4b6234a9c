// Where the tests find the editor: a small server in front of the relay, by which the connection can be
// cut. It passes everything on, websockets included; where the relay does not serve the editor itself,
// it serves `web/dist` under the policy that the relay must send.

import { createReadStream, existsSync } from "node:fs";
import { createHash } from "node:crypto";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";

const DIST = process.env.PLENARY_WEB_DIST ?? fileURLToPath(new URL("../../../web/dist", import.meta.url));

/** What pages of the editor may load: only what their own server has, and WebAssembly. */
export const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; " +
  "font-src 'self'; worker-src 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

/** Whether the built editor is there; tests that need it say how to build it otherwise. */
export const isBuilt = existsSync(path.join(DIST, "index.html"));

/**
 * Opens the site in front of a relay such as `http://127.0.0.1:1234`. Gives its `address`, and the means
 * to make trouble: `cut` and `restore` the connection, `setRelay` after the relay came back elsewhere.
 */
export async function openSite(relay) {
  const page = await fetch(relay).then((answer) => answer.text());
  return standIn(relay, page.includes('id="app"'));
}

async function standIn(first, servesEditor) {
  let relay = new URL(first);
  let isCut = false;
  let refusal = null;
  const sockets = new Set();
  const server = createServer((incoming, outgoing) => {
    const { pathname } = new URL(incoming.url, "http://site");
    if (isCut) return incoming.destroy();
    if (pathname.startsWith("/api/") || servesEditor) return pass(incoming, outgoing, relay);
    const isPage = pathname === "/" || pathname.startsWith("/d/");
    const file = path.join(DIST, isPage ? "index.html" : path.normalize(pathname));
    if (!file.startsWith(DIST) || !existsSync(file)) return outgoing.writeHead(404).end();
    const headers = {
      "Content-Type": TYPES[path.extname(file)] ?? "application/octet-stream",
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "no-referrer",
    };
    outgoing.writeHead(200, { ...headers, "Content-Security-Policy": POLICY });
    createReadStream(file).pipe(outgoing);
  });
  server.on("upgrade", (incoming, socket, head) => {
    if (isCut) return socket.destroy();
    if (refusal !== null) {
      sockets.add(socket.on("close", () => sockets.delete(socket)));
      return refuse(incoming, socket, refusal);
    }
    const onward = connect(Number(relay.port), relay.hostname, () => {
      const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`];
      for (let index = 0; index < incoming.rawHeaders.length; index += 2)
        lines.push(`${incoming.rawHeaders[index]}: ${incoming.rawHeaders[index + 1]}`);
      onward.write(`${lines.join("\r\n")}\r\n\r\n`);
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    for (const one of [socket, onward]) {
      sockets.add(one);
      one
        .on("error", () => {})
        .on("close", () => {
          sockets.delete(one);
          socket.destroy();
          onward.destroy();
        });
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    /** As if the cable was pulled: open connections end, new ones come to nothing. */
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    restore() {
      isCut = false;
    },
    /** Closes every websocket with this code as soon as it is open; null lets them through again. */
    refuseSockets(code) {
      refusal = code;
    },
    /** After the relay was started again, elsewhere. */
    setRelay(address) {
      relay = new URL(address);
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function pass(incoming, outgoing, relay) {
  const onward = request(
    {
      host: relay.hostname,
      port: relay.port,
      method: incoming.method,
      path: incoming.url,
      headers: incoming.headers,
    },
    (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    },
  );
  onward.on("error", () => {
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(502).end();
  });
  outgoing.on("close", () => onward.destroy());
  incoming.pipe(onward);
}

/** Takes a websocket and closes it with a code (RFC 6455, sections 4.2.2 and 5.5.1). */
function refuse(incoming, socket, code) {
  const key = `${incoming.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash("sha1").update(key).digest("base64");
  socket.on("error", () => {}).resume();
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.end(Buffer.from([0x88, 2, code >> 8, code & 255]));
}
