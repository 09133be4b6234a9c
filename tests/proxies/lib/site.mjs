// A relay behind a proxy that runs as docs/operating.md says.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import https from "node:https";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { serve } from "../../lib/program.mjs";
import { CLIENTS, HOST } from "./places.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const folder = process.env.PLENARY_PROXIES;
const authority = readFileSync(join(folder, "ca.pem"));
/** What allows making drafts on the tests' relays. */
export const SECRET = "a-site-secret-of-the-tests";
/** What the examples call the relay. */
const RELAY = "127.0.0.1:8320";
/** No wait is meant to last; this only keeps a failure from hanging. */
const PATIENCE_MS = 20_000;

/** The example in docs/operating.md in a block of this language. */
function example(language) {
  const page = readFileSync(join(root, "docs/operating.md"), "utf8");
  const found = page
    .split(`\`\`\`${language}\n`)
    .slice(1)
    .map((rest) => rest.split("\n```")[0]);
  if (found.length !== 1) throw new Error(`docs/operating.md has ${found.length} examples in ${language}`);
  return found[0];
}

/** Replaces what must be there. */
function replaced(text, ...pairs) {
  return pairs.reduce((out, [from, to]) => {
    if (!out.includes(from)) throw new Error(`the example lacks ${from}`);
    return out.replaceAll(from, to);
  }, text);
}

function caddy(place, relay) {
  const tls = `tls ${join(folder, "fullchain.pem")} ${join(folder, "privkey.pem")}`;
  const text = replaced(
    example("caddyfile"),
    [`${HOST} {`, `${HOST} {\n\t${tls}`],
    [RELAY, relay],
    ["log {", `log {\n\t\toutput file ${join(place, "access.log")}`],
  );
  const file = join(place, "Caddyfile");
  writeFileSync(file, `{\n\tadmin off\n\tauto_https off\n\tstorage file_system ${place}\n}\n${text}\n`);
  return [process.env.PLENARY_CADDY, ["run", "--config", file, "--adapter", "caddyfile"]];
}

function nginx(place, relay) {
  const text = replaced(
    example("nginx"),
    [`/etc/letsencrypt/live/${HOST}`, folder],
    [RELAY, relay],
    ["/var/log/nginx/plenary.log", join(place, "access.log")],
  );
  const file = join(place, "nginx.conf");
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${join(place, name)};`,
  );
  writeFileSync(
    file,
    `user root;\ndaemon off;\npid ${join(place, "pid")};\nerror_log stderr;\nevents {}\nhttp {\n${paths.join("\n")}\n${text}\n}\n`,
  );
  return [process.env.PLENARY_NGINX, ["-p", place, "-c", file, "-e", "stderr"]];
}

/** The proxies that are here: how each is started. */
export const PROXIES = Object.entries({ nginx, Caddy: caddy }).filter(
  ([name]) => process.env[`PLENARY_${name.toUpperCase()}`],
);

/** Starts a relay at an address with a proxy before it. */
export async function start(proxy, { listen = RELAY, options = [] } = {}) {
  const place = mkdtempSync(join(folder, "site-"));
  mkdirSync(join(place, "logs"));
  const environment = {
    PLENARY_SITE_SECRET: SECRET,
    PLENARY_LOG: "error",
    XDG_DATA_HOME: place,
    XDG_CONFIG_HOME: place,
  };
  const ends = [];
  const stop = async () => {
    for (const end of ends.reverse()) await end();
  };
  try {
    const more = ["--public-url", `https://${HOST}`, ...options];
    const relay = await serve(join(place, "data"), { listen, more, environment });
    ends.push(() => relay.stop());
    const said = [];
    const running = spawn(...proxy(place, listen), {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, ...environment },
    });
    const ended = new Promise((done) => running.once("exit", done));
    ends.push(async () => {
      running.kill("SIGTERM");
      // Caddy waits for whoever is still connected.
      const patience = setTimeout(() => running.kill("SIGKILL"), 2_000);
      await ended;
      clearTimeout(patience);
    });
    running.stderr.on("data", (words) => said.push(words));
    const until = Date.now() + PATIENCE_MS;
    while (
      !(await ask("/healthz").then(
        (answer) => answer.status === 200,
        () => false,
      ))
    ) {
      if (Date.now() > until || running.exitCode !== null)
        throw new Error(`the proxy does not answer: ${Buffer.concat(said)}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    stop,
    log: () => readFileSync(join(place, "access.log"), "utf8"),
    place,
  };
}

/** Begins a request through the proxy, from the address of a client. */
export function request(path, { method = "GET", headers = {}, from = CLIENTS[0] } = {}) {
  return https.request(`https://${HOST}${path}`, {
    method,
    headers,
    ca: authority,
    localAddress: from,
    agent: false,
    timeout: PATIENCE_MS,
  });
}

/** Sends a request, and reads the whole answer. */
export function ask(path, { body, ...options } = {}) {
  return new Promise((done, failed) => {
    const sent = request(path, options);
    sent.once("error", failed);
    sent.once("timeout", () => sent.destroy(new Error(`no answer to ${path}`)));
    sent.once("response", (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.once("error", failed);
      response.once("end", () =>
        done({
          status: response.statusCode,
          headers: response.headers,
          text: Buffer.concat(parts).toString(),
        }),
      );
    });
    sent.end(body);
  });
}

/** Makes a draft. */
export async function draft(markdown) {
  const answer = await ask("/api/v1/drafts", {
    method: "POST",
    headers: {
      authorization: `Bearer ${SECRET}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ title: "Behind a proxy", markdown }),
  });
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
  const made = JSON.parse(answer.text);
  return {
    ...made,
    path: `/api/v1/drafts/${made.document_id}`,
    secret: (role) => made.links[role].split("#")[1],
  };
}

/** Runs the command line with the tests' authority. */
export function plenary(home, ...values) {
  return new Promise((done) => {
    const child = spawn(process.env.PLENARY_BIN, values, {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        HOME: home,
        XDG_STATE_HOME: home,
        SSL_CERT_FILE: join(folder, "ca.pem"),
      },
    });
    const said = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => said.push(part));
    child.once("exit", (code) => done({ code, said: Buffer.concat(said).toString() }));
  });
}
