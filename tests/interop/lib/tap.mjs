// A proxy between a client and a server that keeps every binary frame.

import { WebSocket, WebSocketServer } from "ws";

/** Listens on a free port of the loopback, passes everything to `upstream` and calls `onFrame(direction, bytes)`. */
export async function tap(upstream, onFrame) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await new Promise((resolve) => server.once("listening", resolve));
  server.on("connection", (client) => {
    const far = new WebSocket(upstream);
    const early = [];
    client.on("message", (bytes) => {
      onFrame("client-to-server", Buffer.from(bytes));
      if (far.readyState === WebSocket.OPEN) far.send(bytes);
      else early.push(bytes);
    });
    far.on("open", () => early.forEach((bytes) => far.send(bytes)));
    far.on("message", (bytes) => {
      onFrame("server-to-client", Buffer.from(bytes));
      client.send(bytes);
    });
    far.on("close", () => client.close());
    client.on("close", () => far.close());
    far.on("error", () => client.terminate());
    client.on("error", () => far.terminate());
  });
  return {
    url: `ws://127.0.0.1:${server.address().port}`,
    close() {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}
