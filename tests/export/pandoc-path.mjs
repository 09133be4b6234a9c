// Finds pandoc for the checks and for the benchmark, or installs it: $PLENARY_PANDOC, else the one of
// PyPI's pypandoc_binary in a virtual environment under target/. Run as a program it prints the path,
// and nothing but a reason on standard error where there is none.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const environment = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "tools/pandoc");
const wanted = "pypandoc_binary==1.17";

/** The program in the virtual environment, if it is there. */
function installed() {
  const libraries = join(environment, "lib");
  if (!existsSync(libraries)) return null;
  return (
    readdirSync(libraries)
      .map((python) => join(libraries, python, "site-packages/pypandoc/files/pandoc"))
      .find((path) => existsSync(path)) ?? null
  );
}

function run(program, values) {
  execFileSync(program, values, { stdio: ["ignore", "ignore", "pipe"] });
}

/** The path of pandoc, or null with the reason said on standard error. */
function findPandoc() {
  if (process.env.PLENARY_PANDOC) return process.env.PLENARY_PANDOC;
  if (installed()) return installed();
  try {
    run("python3", ["-m", "venv", environment]);
    run(join(environment, "bin/pip"), ["install", "--quiet", "--disable-pip-version-check", wanted]);
  } catch (error) {
    const reason = String(error.stderr ?? error.message)
      .trim()
      .split("\n")
      .pop();
    console.error(`pandoc is absent and could not be installed (${wanted} with python3 -m venv): ${reason}`);
  }
  return installed();
}

/** The `plenary` to check (`--plenary PATH`, $PLENARY_BIN, else the built one) and pandoc; ends the run, and says why, without either. */
export function programsFor(what) {
  const named = process.argv.indexOf("--plenary");
  const built = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug/plenary");
  const plenary = named > 0 ? resolve(process.argv[named + 1] ?? "") : (process.env.PLENARY_BIN ?? built);
  const pandoc = findPandoc();
  if (!pandoc || !existsSync(plenary)) {
    console.log(`skipped: ${what}, since ${pandoc ? `${plenary} is not built` : "there is no pandoc"}`);
    process.exit(0);
  }
  return { plenary, pandoc };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = findPandoc();
  if (path) console.log(path);
}
