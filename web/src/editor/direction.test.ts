import { expect, test } from "vitest";
import { Text } from "@codemirror/state";
import { directionOf, lineDirection, passagesOf, writtenLanguage } from "./direction";

const lines = (source: string): string[] =>
  passagesOf(Text.of(source.split("\n"))).map(
    (one) => `${one.language}: ${source.slice(one.from, one.to).replaceAll("\n", "|")}`,
  );

test("the title page's language counts, where it is one", () => {
  expect(writtenLanguage("---\ntitle: One\nlang: ar\n---\n")).toBe("ar");
  expect(writtenLanguage("---\nlanguage: 'fr-ca' # ours\n---\n")).toBe("fr-CA");
  for (const text of [
    "",
    "lang: fr\n",
    "---\nlang: no such thing\n---\n",
    "---\ntitle: One\n---\nlang: fr\n",
    "---\nlang: fr\n",
  ])
    expect(writtenLanguage(text), text).toBeNull();
});

test("marked passages reach to their ends, also within one another", () => {
  const source = [
    "One",
    "::: {lang=fr}",
    "Deux",
    '::: {.note lang="ar"}',
    "ثلاثة",
    ":::",
    "Quatre",
    ":::",
    "Five",
    "::: {.recommendation}",
    "Six",
    ":::",
    "Seven",
  ].join("\n");
  expect(lines(source)).toEqual([
    'fr: ::: {lang=fr}|Deux|::: {.note lang="ar"}|ثلاثة|:::|Quatre|:::',
    'ar: ::: {.note lang="ar"}|ثلاثة|:::',
  ]);
  expect(lines("::: {lang=fr}\nUn\n")).toEqual(["fr: ::: {lang=fr}|Un|"]);
  expect(lines(":::\n::: {lang=%%}\nx\n:::")).toEqual([]);
});

test("languages that run from right to left", () => {
  expect(["ar", "ar-EG", "he", "fa", "arn", "en", "fr"].map(directionOf)).toEqual([
    "rtl",
    "rtl",
    "rtl",
    "rtl",
    "ltr",
    "ltr",
    "ltr",
  ]);
});

test("an alert's first line runs as the alert does", () => {
  const doc = Text.of(["> [!NOTE]", "> تُغلق المشاورة", "", "> [!NOTE]", "> The end", "> [!NOTE]"]);
  expect([1, 2, 3, 4, 5, 6].map((number) => lineDirection(doc, number))).toEqual([
    "rtl",
    "auto",
    "auto",
    "ltr",
    "auto",
    "auto",
  ]);
});
