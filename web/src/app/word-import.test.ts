import { afterEach, expect, test, vi } from "vitest";
import { importWord } from "./word-import";

/** A relay of the test's own: answers by path, and what it was asked. */
function relay(answers: Readonly<Record<string, [number, unknown]>>): Request[] {
  const asked: Request[] = [];
  vi.stubGlobal("fetch", (path: string, init: RequestInit) => {
    asked.push(new Request(`http://relay${path}`, init));
    const [status, body] = answers[path] ?? [404, {}];
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
  return asked;
}

const SERVER: [number, unknown] = [200, { version: "1", word_import: true, word_bytes: 1_048_576, site_secret: false }];
const file = new File(["PK"], "notes.docx");
const problem = (code: string): unknown => ({ code, detail: "what happened" });

afterEach(() => {
  vi.unstubAllGlobals();
});

test("sends the file with the site secret, and gives what was made of it", async () => {
  const asked = relay({ "/api/v1/server": SERVER, "/api/v1/convert": [200, { markdown: "# Notes\n", pictures: 2 }] });
  expect(await importWord(file, "site")).toEqual({ kind: "converted", markdown: "# Notes\n", pictures: 2 });
  expect(asked[1]?.headers.get("authorization")).toBe("Bearer site");
  expect(asked[1]?.headers.get("content-type")).toMatch(/wordprocessingml/);
  expect(await asked[1]?.text()).toBe("PK");
});

test("a relay that cannot, or does not say, is not sent the file", async () => {
  for (const answer of [
    [200, { word_import: false }],
    [404, {}],
  ] as const) {
    const asked = relay({ "/api/v1/server": [answer[0], answer[1]] });
    expect(await importWord(file, "")).toMatchObject({
      kind: "refused",
      message: "start.word",
      parameters: { name: "notes.docx" },
    });
    expect(asked.length).toBe(1);
  }
});

test.each([
  ["not_word", 422, "start.wordDamaged", false],
  ["conversion_failed", 422, "start.wordFailed", false],
  ["busy", 503, "start.wordBusy", false],
  ["no_site_secret", 401, "start.secretNeeded", true],
  ["wrong_site_secret", 403, "start.secretWrong", true],
  ["of_the_future", 418, "refused.status", false],
])("says what %s means", async (code, status, message, needsSecret) => {
  relay({ "/api/v1/server": SERVER, "/api/v1/convert": [status, problem(code)] });
  expect(await importWord(file, "")).toMatchObject({ kind: "refused", message, needsSecret });
});

test("a file that is too large stays here, and a relay that is away is said", async () => {
  const asked = relay({ "/api/v1/server": SERVER });
  const large = new File([new Uint8Array(1_048_577)], "large.docx");
  expect(await importWord(large, "")).toMatchObject({ message: "start.wordTooLarge", parameters: { megabytes: "1" } });
  expect(asked.length).toBe(1);
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
  expect(await importWord(file, "")).toMatchObject({ message: "start.unreachable" });
});
