"""Word documents that nobody should have to read: broken, bloated, lying about what they are.

`hostile` gives them, the same ones at each run. `send` sends one to a relay and says what is wrong with
the answer by the relay's own description, if anything is.
"""

import io
import json
import random
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{WORD}.main+xml"/></Types>'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>'
)
NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    f'xmlns:r="{OFFICE}"'
)


def body(inner: str, before: str = "") -> str:
    return f'<?xml version="1.0"?>{before}<w:document {NAMESPACES}><w:body>{inner}</w:body></w:document>'


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def document(main: str, more: dict[str, bytes] | None = None, relations: str = RELATIONS) -> bytes:
    """A Word document with this main part, what else is to lie in the archive, and what names the parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", relations)
        archive.writestr("word/document.xml", main)
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return file.getvalue()


def nested(levels: int) -> str:
    opened = "<w:tbl><w:tr><w:tc>" * levels
    return opened + paragraph("deep") + "</w:tc></w:tr></w:tbl>" * levels


def hostile() -> Iterator[tuple[str, bytes]]:
    """Documents with what they are called."""
    good = document(body(paragraph("One line.")))
    yield "one that is good", good
    yield "nothing", b""
    yield "text", b"This is not a Word document."
    yield "the beginning of an archive", b"PK\x03\x04"
    yield "an archive without parts", b"PK\x05\x06" + bytes(18)
    yield "no body", document(f"<w:document {NAMESPACES}/>")
    yield "no XML", document("<w:document")
    yield "bytes that are no text", document("\x00\x01\ufffe")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE d [<!ENTITY l0 "ha">{laughs}]>'
    yield "entities that grow", document(body(paragraph("&l9;"), bomb))
    reads = '<!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    yield "an entity that reads a file", document(body(paragraph("&f;"), reads))
    yield "200 MB of one letter", document(body(paragraph("a" * 200_000_000)))
    yield "a hundred thousand paragraphs", document(body(paragraph("x") * 100_000))
    yield "tables within tables", document(body(nested(300)))
    yield "names that leave the folder", document(body(paragraph("x")), {"../../escape": b"x", "/abs": b"x"})
    wide = "<w:tr>" + "<w:tc><w:p/></w:tc>" * 5_000 + "</w:tr>"
    yield "a wide table", document(body(f"<w:tbl>{wide}</w:tbl>"))
    span = '<w:tc><w:tcPr><w:gridSpan w:val="2000000000"/></w:tcPr><w:p/></w:tc>'
    yield "a cell over two billion columns", document(body(f"<w:tbl><w:tr>{span}</w:tr></w:tbl>"))
    loop = RELATIONS.replace("word/document.xml", "_rels/.rels")
    yield "a part that is its own main part", document(body(""), relations=loop)
    chance = random.Random(1)
    for number in range(40):
        broken = bytearray(good)
        for _ in range(chance.randint(1, 12)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        cut = len(broken) if number % 3 else chance.randrange(len(broken))
        yield f"broken in way {number}", bytes(broken[:cut])


def send(server: str, described: dict, name: str, content: bytes, kind: str = WORD) -> str | None:
    """Sends a document; says what is wrong with the answer."""
    request = urllib.request.Request(f"{server}/api/v1/convert", content, {"Content-Type": kind}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            status, said, answered = answer.status, answer.headers.get_content_type(), answer.read()
    except urllib.error.HTTPError as answer:
        status, said, answered = answer.code, answer.headers.get_content_type(), answer.read()
    except OSError as error:
        return f"{name}: no answer ({error})"
    known = described["paths"]["/convert"]["post"]["responses"].get(str(status))
    if known is None or said not in known["content"]:
        return f"{name}: {status} {said} is not described"
    if status == 500:
        return f"{name}: the server failed: {answered[:300]!r}"
    told = json.loads(answered)
    if status != 200 and (told["status"] != status or not told["code"] or not told["hint"]):
        return f"{name}: no problem details: {told}"
    if b"root:" in answered:
        return f"{name}: a file of the server was read"
    return None
