"""A draft in which there is something of everything, so that fuzzing gets past "no such part".

It is imported from the fixtures of the document core, as a bundle that is put together here. Then come
links, people and work that was handed in, made over HTTP as anybody makes them.
"""

import hashlib
import io
import json
import random
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

FIXTURES = Path(__file__).parents[2] / "crates/draft/testdata/draft"
PARTS = ["record", "text", "discussion"]


@dataclass
class Draft:
    """A draft with the ids of what is in it, of each kind enough for some to be used up."""

    server: str
    made: dict
    links: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.made["document_id"]

    def secret(self, role: str) -> str:
        return self.made["links"][role].split("#")[1]

    def ask(self, method: str, path: str, body: object, secret: str, who: str) -> dict:
        """Asks for something under the draft's address, which must be done."""
        raw = isinstance(body, bytes)
        request = urllib.request.Request(
            f"{self.server}/api/v1/drafts/{self.id}{path}", method=method,
            data=body if raw else json.dumps(body).encode() if body is not None else None,
            headers={
                "Authorization": f"Bearer {secret}", "Plenary-Participant": who,
                "Content-Type": "application/octet-stream" if raw else "application/json",
            },
        )
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or b"null")


def bundle(change: Callable[[dict], object] = lambda manifest: None) -> bytes:
    """The fixtures as docs/document-format.md puts a draft into one file; `change` is done to its manifest."""
    expected = json.loads((FIXTURES / "expected.json").read_text())
    files = {f"{part}.automerge": (FIXTURES / f"{part}.automerge").read_bytes() for part in PARTS}
    people = b"[]"
    described = lambda content: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    manifest = {"plenary_bundle": 1, "schema": 1, "title": expected["title"], "attachments": {}}
    for part in PARTS:
        manifest[part] = {
            "id": expected["ids"][part], "heads": expected["heads"][part], **described(files[f"{part}.automerge"]),
        }
    manifest["people"] = described(people)
    change(manifest)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        for name, content in files.items():
            archive.writestr(name, content)
        archive.writestr("people.json", people)
    return packed.getvalue()


def send_bundle(server: str, content: bytes) -> tuple[int, str, dict]:
    """Sends what may be a bundle; the status, the type and what was answered."""
    request = urllib.request.Request(
        f"{server}/api/v1/drafts/import", data=content, method="POST",
        headers={"Content-Type": "application/vnd.plenary.bundle"},
    )
    try:
        answer = urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, answer.headers["Content-Type"], json.loads(answer.read() or b"null")


def change(number: int) -> bytes:
    """An Automerge change that does nothing, as the first of an actor of its own."""
    actor = number.to_bytes(16, "big")
    # No dependencies; actor; sequence number 1; operations from 1; time 0; no words, actors or columns.
    body = bytes([0, 16]) + actor + bytes([1, 1, 0, 0, 0, 0])
    chunk = bytes([1, len(body)]) + body
    return bytes.fromhex("856f4a83") + hashlib.sha256(chunk).digest()[:4] + chunk


def draft(server: str) -> Draft:
    """Makes it."""
    status, _, made = send_bundle(server, bundle())
    if status != 201:
        raise SystemExit(f"the fixtures are no draft to the relay: {status} {made}")
    ready = Draft(server, made)
    chair, who = ready.secret("facilitator"), "the facilitator who prepares the draft"
    expected = json.loads((FIXTURES / "expected.json").read_text())
    ready.comments = sorted(expected["comments"])
    for number in range(8):
        person = ready.ask("POST", "/people", {"name": f"Added {number}"}, chair, who)
        ready.people.append(person["participant"])
        link = ready.ask("POST", "/links", {"role": "editor", "label": f"Link {number}"}, chair, who)
        ready.links.append(link["id"])
        # Somebody joins, their link ends, and what they wrote offline is handed in.
        ends = ready.ask("POST", "/links", {"role": "editor"}, chair, who)
        secret, guest = ends["url"].split("#")[1], f"somebody who came by link {number}"
        joined = ready.ask("PUT", "/people/me", {"name": f"Joined {number}"}, secret, guest)
        ready.people.append(joined["participant"])
        ready.ask("DELETE", f"/links/{ends['id']}", None, chair, who)
        ready.ask("POST", "/hand-in/text", change(1000 + number), secret, guest)
    held = ready.ask("GET", "/quarantine", None, chair, who)
    ready.entries = [entry["id"] for entry in held["entries"]]
    assert len(ready.entries) == 8, held
    ready.ask("POST", "/milestones", {"name": "As it was prepared"}, chair, who)
    return ready


def settings(ready: Draft) -> str:
    """What schemathesis puts into addresses: real ids mostly, and what it makes up for the rest."""
    def bound(names: str) -> str:
        return f'{{ dictionary = "{names}", probability = 0.8 }}'

    dictionaries = {
        "links": ready.links, "people": ready.people, "entries": ready.entries, "comments": ready.comments,
        "kinds": ["comments", "suggestions", "positions"], "documents": ["text", "discussion"],
    }
    lines = [f"[dictionaries.{name}]\nvalues = {json.dumps(values)}" for name, values in dictionaries.items()]
    lines += [
        "[parameters]", f'"path.id" = "{ready.id}"', f'"path.link" = {bound("links")}',
        f'"path.participant" = {bound("people")}', f'"path.entry" = {bound("entries")}',
        f'"path.key" = {bound("comments")}', f'"path.kind" = {bound("kinds")}',
        f'"path.document" = {bound("documents")}', f'"body.into" = {bound("people")}',
    ]
    return "\n".join(lines) + "\n"


# What a manifest may say that is not so.
LIES = {
    "is of a newer kind": lambda it: it.update(plenary_bundle=2),
    "is of no kind": lambda it: it.pop("plenary_bundle"),
    "has a newer schema": lambda it: it.update(schema=10**6),
    "has a schema that is no number": lambda it: it.update(schema="1"),
    "lacks the text": lambda it: it.pop("text"),
    "has another checksum": lambda it: it["text"].update(sha256="0" * 64),
    "has a checksum that is none": lambda it: it["text"].update(sha256="..%00"),
    "says another length": lambda it: it["record"].update(bytes=2**63),
    "says a negative length": lambda it: it["record"].update(bytes=-1),
    "says other heads": lambda it: it["discussion"].update(heads=["f" * 64]),
    "says no heads": lambda it: it["discussion"].update(heads=[]),
    "names another record": lambda it: it["record"].update(id=it["text"]["id"]),
    "names no id": lambda it: it["text"].update(id="\u0000"),
    "has attachments that are not there": lambda it: it.update(attachments={"0" * 64: {"bytes": 1}}),
    "has attachments elsewhere": lambda it: it.update(attachments={"../../etc/passwd": {"bytes": 1}}),
    "is deep": lambda it: it.update(title=json.loads("[" * 500 + "]" * 500)),
    "has a long title": lambda it: it.update(title="x" * 10**6),
}


def damaged(seed: int, how_many: int) -> list[tuple[str, bytes]]:
    """Bundles that are none: cut short, with bits turned, with other bytes in them, and no zip at all."""
    rng, whole = random.Random(seed), bundle()
    hostile = [("nothing", b""), ("text", b"# A report"), ("a zip's end alone", b"PK\x05\x06" + bytes(18))]
    hostile += [(f"whose manifest {what}", bundle(change)) for what, change in LIES.items()]
    for number in range(how_many):
        content, what = bytearray(whole), number % 3
        at = rng.randrange(len(content))
        if what == 0:
            hostile.append((f"cut short at {at}", bytes(content[:at])))
            continue
        for _ in range(rng.randrange(1, 9)):
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        if what == 2:
            content[at:at] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 200)))
        hostile.append((f"number {number} with bits turned", bytes(content)))
    return hostile
