// Runs the tests in a network of their own, in which drafts.example.org is a machine and clients have addresses,
// so that the examples of docs/operating.md can be tried as they stand there. Needs Linux with unshare, ip,
// openssl, and nginx or Caddy (PLENARY_NGINX, PLENARY_CADDY, or on the PATH); says what it leaves out.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ADDRESSES, HOST, PROXY } from "./lib/places.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const works = (program, ...values) => spawnSync(program, values, { stdio: "ignore" }).status === 0;

function leaveOut(why) {
  console.log(`skipped: the reverse proxies of docs/operating.md, since ${why}`);
  process.exit(0);
}

if (!process.env.PLENARY_BIN) leaveOut("PLENARY_BIN names no relay; run cargo xtask test");
const nginx = process.env.PLENARY_NGINX ?? "nginx";
const caddy = process.env.PLENARY_CADDY ?? "caddy";
const present = {
  PLENARY_NGINX: works(nginx, "-v") ? nginx : "",
  PLENARY_CADDY: works(caddy, "version") ? caddy : "",
};
if (!present.PLENARY_NGINX && !present.PLENARY_CADDY) leaveOut("there is neither nginx nor Caddy");
for (const [name, path] of Object.entries(present))
  if (!path) console.log(`skipped: ${name.slice(8).toLowerCase()}, which is not here`);
if (!works("openssl", "version")) leaveOut("there is no openssl to make a certificate");

const inNetwork = ["--map-root-user", "--net", "--mount", "sh", "-ec"];
if (!works("unshare", ...inNetwork, "ip link set lo up"))
  leaveOut("this machine allows no network of one's own (unshare, ip)");

const folder = mkdtempSync(join(tmpdir(), "plenary-proxies-"));
try {
  makeCertificate();
  writeFileSync(join(folder, "hosts"), `127.0.0.1 localhost\n${PROXY} ${HOST}\n`);
  const addresses = ADDRESSES.map((address) => `ip addr add ${address}/32 dev lo`).join("; ");
  const script = `ip link set lo up; ${addresses}; mount --bind ${join(folder, "hosts")} /etc/hosts; exec node --test --test-concurrency=1 ${here}/*.test.mjs`;
  const ran = spawnSync("unshare", [...inNetwork, script], {
    stdio: "inherit",
    env: { ...process.env, ...present, PLENARY_PROXIES: folder },
  });
  process.exitCode = ran.status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** An authority, and a certificate of the host by it. */
function makeCertificate() {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  writeFileSync(join(folder, "names"), `subjectAltName=DNS:${HOST}\n`);
  for (const values of [
    [
      "req",
      "-x509",
      ...key,
      "-keyout",
      "ca.key",
      "-out",
      "ca.pem",
      "-days",
      "2",
      "-subj",
      "/CN=The authority of the tests",
    ],
    ["req", ...key, "-keyout", "privkey.pem", "-out", "request.pem", "-subj", `/CN=${HOST}`],
    [
      "x509",
      "-req",
      "-in",
      "request.pem",
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-CAcreateserial",
      "-out",
      "fullchain.pem",
      "-days",
      "2",
      "-extfile",
      "names",
    ],
  ]) {
    const made = spawnSync("openssl", values, {
      cwd: folder,
      encoding: "utf8",
    });
    if (made.status !== 0) throw new Error(`openssl ${values[0]}: ${made.stderr}`);
  }
}
