"""The relay's HTTP interface, fuzzed from its own OpenAPI description.

Starts relays of its own (PLENARY_BIN), prepares a draft with something of everything in it, and lets
schemathesis send what the description allows and what it does not, once in each role, and once by a
session cookie: no answer may be a failure of the server, and each must be one that the description
knows. Streams of events and bundles are sent by hand, as schemathesis makes neither. Word documents go
to a relay with pandoc and to one without.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import prepared
import word

ROLES = ["viewer", "reviewer", "editor", "facilitator"]
NO_FAILURE = "not_a_server_error"
DESCRIBED = "status_code_conformance,content_type_conformance,response_schema_conformance"
# A stream of events does not end by itself, and a bundle and a Word document are no JSON: these are
# fuzzed apart.
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
        draft = prepared.draft(server)
        results.append(streams(draft))
        for role in ROLES:
            secret = draft.secret(role)
            results.append(fuzz(draft, f"as a {role}", role, f"Authorization: Bearer {secret}"))
        # Another one: a facilitator may have used up what was in it.
    with relay(None) as server:
        draft = prepared.draft(server)
        cookie = f"Cookie: plenary-{draft.id}={draft.secret('facilitator')}"
        results.append(fuzz(draft, "by a facilitator's cookie", "facilitator", cookie))
        results.append(bundles(server))
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


def described(server: str) -> dict:
    with urllib.request.urlopen(f"{server}/api/v1/openapi.json") as answer:
        return json.load(answer)["paths"]


def streams(draft: prepared.Draft) -> bool:
    """Opens the stream of events in each role, by wrong ids and by wrong secrets, and reads its first event."""
    known = described(draft.server)["/drafts/{id}/events"]["get"]["responses"]
    ids = [draft.id, draft.id[:-1], "1" * 28, "%00", "..%2f", draft.made["document_id"].swapcase()]
    secrets = [draft.secret(role) for role in ROLES] + ["", "1" * 43, "\u00e9"]
    wrong = []
    for number, (draft_id, secret) in enumerate((i, s) for i in ids for s in secrets):
        request = urllib.request.Request(
            f"{draft.server}/api/v1/drafts/{draft_id}/events",
            headers={"Authorization": f"Bearer {secret}".encode("utf-8").decode("latin-1")},
        )
        try:
            answer = urllib.request.urlopen(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            kind = (answer.headers["Content-Type"] or "").split(";")[0]
            first = answer.readline()
        told_of = known.get(str(answer.status), {}).get("content", {})
        is_first = answer.status != 200 or first.startswith((b"event:", b"data:", b"id:", b":", b"retry:"))
        if answer.status >= 500 or kind not in told_of or not is_first:
            wrong.append(f"stream {number}: {answer.status} {kind} {first[:80]!r}")
        if (draft_id == draft.id and secret in secrets[:4]) != (answer.status == 200):
            wrong.append(f"stream {number}: {answer.status}, for whom it should not be")
    for said in wrong:
        print(said)
    return told(not wrong, "streams of events")


def bundles(server: str) -> bool:
    """Imports damaged bundles: each is refused in words, or is the draft that it was."""
    known = described(server)["/drafts/import"]["post"]["responses"]
    wrong = []
    for what, content in prepared.damaged(1, 300):
        status, kind, answer = prepared.send_bundle(server, content)
        if status >= 500 or kind.split(";")[0] not in known.get(str(status), {}).get("content", {}):
            wrong.append(f"a bundle {what}: {status} {kind} {answer}")
    for said in wrong:
        print(said)
    return told(not wrong, "damaged bundles")


def fuzz(draft: prepared.Draft, how: str, role: str, credential: str) -> bool:
    """Fuzzes all addresses in one role; says whether all went well."""
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as settings:
        settings.write(prepared.settings(draft))
        settings.flush()
        return run(
            draft.server, f"the interface, fuzzed {how}", f"{NO_FAILURE},{DESCRIBED}",
            ["--exclude-path-regex", LEFT_OUT, "--header", credential,
             "--header", f"Plenary-Participant: a participant who fuzzes as a {role}"],
            ["--config-file", settings.name], draft.secret(role),
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
