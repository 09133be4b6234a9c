"""The relay's HTTP interface, fuzzed from its own OpenAPI description.

Starts relays of its own (PLENARY_BIN), makes a draft, and lets schemathesis send what the description
allows and what it does not, once in each role: no answer may be a failure of the server, and each
must be one that the description knows. Word documents go to a relay with pandoc and to one without.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import word

ROLES = ["viewer", "reviewer", "editor", "facilitator"]
NO_FAILURE = "not_a_server_error"
DESCRIBED = "status_code_conformance,content_type_conformance,response_schema_conformance"
# A stream of events does not end by itself, and a bundle is no JSON; both have tests of their own. Word
# documents are fuzzed apart.
LEFT_OUT = "/(events|import|convert)$"
EXAMPLES = os.environ.get("PLENARY_FUZZ_EXAMPLES", "15")


@contextlib.contextmanager
def relay(pandoc: str | None) -> Iterator[str]:
    """A relay as long as the block lasts, with this pandoc or none; gives its address."""
    with tempfile.TemporaryDirectory() as folder:
        serve = [os.environ["PLENARY_BIN"], "serve", "--listen", "127.0.0.1:0", "--data", f"{folder}/data"]
        if pandoc:
            serve += ["--pandoc", pandoc]
        # Nothing on the path: a pandoc of this machine is found only where it is meant to be.
        environment = {**os.environ, "PATH": folder}
        environment.pop("PLENARY_PANDOC", None)
        process = subprocess.Popen(
            serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
        )
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()
            process.wait()


def find_pandoc() -> str | None:
    """The pandoc of PLENARY_PANDOC, of the path, or the one that the tests of exports have installed."""
    named = os.environ.get("PLENARY_PANDOC") or shutil.which("pandoc")
    target = Path(os.environ.get("CARGO_TARGET_DIR") or Path(__file__).parents[2] / "target")
    installed = (target / "tools/pandoc").glob("lib/python*/site-packages/pypandoc/files/pandoc")
    return named or next(map(str, installed), None)


def main() -> int:
    results = []
    with relay(None) as server:
        new = [os.environ["PLENARY_BIN"], "new", "A draft to be fuzzed", "--server", server, "--json"]
        made = json.loads(subprocess.check_output(new, text=True))
        for role in ROLES:
            results.append(fuzz(server, made, role))
        # "There is no pandoc" is 501, which is no failure, but described.
        results.append(fuzz_path(server, "^/convert$", "Word documents without pandoc", DESCRIBED))
        results.append(documents(server, "without pandoc", {501}))
    left_out = 0
    pandoc = find_pandoc()
    if pandoc:
        with relay(pandoc) as server:
            results.append(fuzz_path(server, "^/convert$", "Word documents with pandoc", f"{NO_FAILURE},{DESCRIBED}"))
            results.append(documents(server, "with pandoc", None))
    else:
        left_out = 2
        print("skipped: Word documents with pandoc, since there is none (PLENARY_PANDOC)")
    passed = results.count(True)
    print(f"test result: done. {passed} passed; {len(results) - passed} failed; {left_out} ignored")
    return 0 if all(results) else 1


def documents(server: str, how: str, only: set[int] | None) -> bool:
    """Sends the hostile documents, of which `only` may be answered so; says whether all went well."""
    with urllib.request.urlopen(f"{server}/api/v1/openapi.json") as answer:
        described = json.load(answer)
    if only:
        responses = described["paths"]["/convert"]["post"]["responses"]
        described["paths"]["/convert"]["post"]["responses"] = {
            status: told for status, told in responses.items() if int(status) in only
        }
    wrong = [word.send(server, described, name, content) for name, content in word.hostile()]
    wrong.append(word.send(server, described, "a type that is none", b"PK\x03\x04", "image/png"))
    wrong = [said for said in wrong if said]
    for said in wrong:
        print(said)
    return told(not wrong, f"hostile Word documents, {how}")


def told(good: bool, what: str) -> bool:
    print(f"{'ok' if good else 'not ok'} - {what}", flush=True)
    return good


def fuzz(server: str, made: dict, role: str) -> bool:
    """Fuzzes all addresses in one role; says whether all went well."""
    secret = made["links"][role].split("#")[1]
    # Without the draft's real id, every request would end at the first door.
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as settings:
        settings.write(f'[parameters]\n"path.id" = "{made["document_id"]}"\n')
        settings.flush()
        return run(
            server, f"the interface, fuzzed as a {role}", f"{NO_FAILURE},{DESCRIBED}",
            ["--exclude-path-regex", LEFT_OUT, "--header", f"Authorization: Bearer {secret}",
             "--header", f"Plenary-Participant: a participant who fuzzes as a {role}"],
            ["--config-file", settings.name], secret,
        )


def fuzz_path(server: str, path: str, what: str, checks: str) -> bool:
    """Fuzzes the addresses that a pattern means, with no secret; says whether all went well."""
    return run(server, what, checks, ["--include-path-regex", path], [], "")


def run(server: str, what: str, checks: str, which: list[str], first: list[str], secret: str) -> bool:
    schemathesis = Path(sys.executable).with_name("schemathesis")
    run = subprocess.run(
        [
            str(schemathesis), *first, "run", f"{server}/api/v1/openapi.json", *which,
            "--checks", checks, "--phases", "examples,coverage,fuzzing",
            "--max-examples", EXAMPLES, "--seed", "1", "--request-timeout", "30",
        ],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )
    good = run.returncode == 0
    if not good:
        print(run.stdout.replace(secret, "SECRET") if secret else run.stdout)
    return told(good, what)


if __name__ == "__main__":
    sys.exit(main())
