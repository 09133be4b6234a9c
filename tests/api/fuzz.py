"""The relay's HTTP interface, fuzzed from its own OpenAPI description.

Starts a relay of its own (PLENARY_BIN), makes a draft, and lets schemathesis send what the description
allows and what it does not, once in each role: no answer may be a failure of the server, and each
must be one that the description knows.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROLES = ["viewer", "reviewer", "editor", "facilitator"]
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# A stream of events does not end by itself, bundles and Word documents are no JSON, and without pandoc
# those are answered with 501; all have tests of their own.
LEFT_OUT = "/(events|import|convert)$"
EXAMPLES = os.environ.get("PLENARY_FUZZ_EXAMPLES", "15")


def main() -> int:
    program = os.environ["PLENARY_BIN"]
    schemathesis = Path(sys.executable).with_name("schemathesis")
    with tempfile.TemporaryDirectory() as folder:
        serve = [program, "serve", "--listen", "127.0.0.1:0", "--data", f"{folder}/data"]
        relay = subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            server = relay.stdout.readline().strip()
            new = [program, "new", "A draft to be fuzzed", "--server", server, "--json"]
            made = json.loads(subprocess.check_output(new, text=True))
            failed = [role for role in ROLES if not fuzz(schemathesis, server, made, role)]
            passed = len(ROLES) - len(failed)
            print(f"test result: done. {passed} passed; {len(failed)} failed; 0 ignored")
        finally:
            relay.terminate()
            relay.wait()
    return 1 if failed else 0


def fuzz(schemathesis: Path, server: str, made: dict, role: str) -> bool:
    """Fuzzes in one role; says whether all went well."""
    secret = made["links"][role].split("#")[1]
    draft = made["document_id"]
    # Without the draft's real id, every request would end at the first door.
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as settings:
        settings.write(f'[parameters]\n"path.id" = "{draft}"\n')
        settings.flush()
        run = subprocess.run(
            [
                str(schemathesis), "--config-file", settings.name,
                "run", f"{server}/api/v1/openapi.json",
                "--header", f"Authorization: Bearer {secret}",
                "--header", f"Plenary-Participant: a participant who fuzzes as a {role}",
                "--checks", CHECKS, "--exclude-path-regex", LEFT_OUT,
                "--phases", "examples,coverage,fuzzing",
                "--max-examples", EXAMPLES, "--seed", "1", "--request-timeout", "30",
            ],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
    good = run.returncode == 0
    if not good:
        print(run.stdout.replace(secret, "SECRET"))
    print(f"{'ok' if good else 'not ok'} - the interface, fuzzed as a {role}", flush=True)
    return good


if __name__ == "__main__":
    sys.exit(main())
