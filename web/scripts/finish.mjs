// What comes after Vite: the service worker with its list of files, and compressed copies of
// everything, so that the relay compresses nothing while somebody waits.

import { createHash } from "node:crypto";
import { readFile, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const web = fileURLToPath(new URL("..", import.meta.url));
const dist = path.join(web, "dist");
/** Smaller files gain nothing that is worth a header. */
const LEAST_BYTES = 1024;
/** Fonts and pictures are compressed already. */
const COMPRESSED = /\.(woff2|png|webp|br|gz)$/;
/** The guides' pictures are fetched when they are looked at, and not kept for work offline. */
const PICTURE = /\.(png|webp|jpg)$/;
/** What only one language of the interface needs: its words and its guides, named after its tag. */
const LANGUAGE = /^assets\/(ar|es|fr|ru|zh)-[\w-]{8}\.js$/;

const names = (await readdir(dist, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map((entry) => path.relative(dist, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, "/"))
  .filter((name) => !/\.(br|gz)$/.test(name) && name !== "sw.js")
  .sort();

await writeFile(path.join(dist, "sw.js"), await serviceWorker());
await Promise.all([...names, "sw.js"].map(compress));

/** The worker's source behind the files that it keeps, for everybody and by language; it changes when any of them does. */
async function serviceWorker() {
  const hash = createHash("sha256");
  for (const name of names) hash.update(name).update(await readFile(path.join(dist, name)));
  const files = names
    .filter((name) => !PICTURE.test(name) && !LANGUAGE.test(name))
    .map((name) => (name === "index.html" ? "/" : `/${name}`));
  const languages = {};
  for (const name of names) {
    const tag = LANGUAGE.exec(name)?.[1];
    if (tag) (languages[tag] ??= []).push(`/${name}`);
  }
  if (Object.keys(languages).length !== 5)
    throw new Error(
      `the build has words for ${Object.keys(languages).join(", ")}: each language but English must have a file of its own`,
    );
  const source = await readFile(path.join(web, "src/offline/worker.js"), "utf8");
  const version = hash.update(source).digest("hex").slice(0, 16);
  return `const VERSION = ${JSON.stringify(version)};\nconst FILES = ${JSON.stringify(files)};\nconst LANGUAGES = ${JSON.stringify(languages)};\n${source}`;
}

async function compress(name) {
  const file = path.join(dist, name);
  const bytes = await readFile(file);
  if (bytes.length < LEAST_BYTES || COMPRESSED.test(name)) return;
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, quality));
  await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }));
}
