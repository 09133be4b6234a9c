// The words of a block with their looks, out of elements and styles.

import { PLAIN, type Run } from "./model";
import { noteOf } from "./notes";

/** What the styles of one element say about its words; null where they say nothing. */
interface Look {
  readonly bold: boolean | null;
  readonly italic: boolean | null;
  readonly struck: boolean | null;
  readonly raise: Run["raise"] | null;
}

function styleOf(element: Element, name: string): string {
  const found = new RegExp(`(?:^|;)\\s*${name}\\s*:\\s*([^;]+)`, "i").exec(element.getAttribute("style") ?? "");
  return found?.[1]?.trim().toLowerCase() ?? "";
}

function lookOf(element: Element): Look {
  const weight = styleOf(element, "font-weight");
  const slant = styleOf(element, "font-style");
  const line = styleOf(element, "text-decoration(?:-line)?");
  const place = styleOf(element, "vertical-align");
  const isNormal = weight === "normal" || weight === "400";
  return {
    bold: weight ? !isNormal && (weight.startsWith("bold") || Number(weight) >= 600) : null,
    italic: slant ? slant !== "normal" : null,
    struck: line.includes("line-through") ? true : null,
    raise: place === "super" ? "sup" : place === "sub" ? "sub" : null,
  };
}

const TAGS: Readonly<Record<string, Partial<Run>>> = {
  b: { bold: true },
  strong: { bold: true },
  i: { italic: true },
  em: { italic: true },
  cite: { italic: true },
  dfn: { italic: true },
  var: { italic: true },
  s: { struck: true },
  strike: { struck: true },
  del: { struck: true },
  code: { code: true },
  kbd: { code: true },
  samp: { code: true },
  tt: { code: true },
  sup: { raise: "sup" },
  sub: { raise: "sub" },
};
const NOTHING = new Set([
  "script",
  "style",
  "meta",
  "link",
  "title",
  "head",
  "template",
  "svg",
  "object",
  "iframe",
  "button",
  "input",
  "select",
  "textarea",
  "noscript",
]);

/** Whether an element shows nothing: hidden, empty by nature, a list's own bullet or the mark of a remark from Word. */
export function isNothing(element: Element): boolean {
  const name = element.localName;
  return (
    NOTHING.has(name) ||
    name.startsWith("o:p") ||
    element.hasAttribute("hidden") ||
    element.classList.contains("MsoCommentReference") ||
    styleOf(element, "display") === "none" ||
    /mso-list:\s*ignore/i.test(element.getAttribute("style") ?? "")
  );
}

/** An address that may be linked to, or null. Redirects of Google Docs are followed to where they lead. */
function safeAddress(href: string): string | null {
  let url: URL;
  try {
    url = new URL(href);
  } catch {
    return null;
  }
  if (url.hostname === "www.google.com" && url.pathname === "/url") {
    const target = url.searchParams.get("q") ?? url.searchParams.get("url");
    if (target) return safeAddress(target);
  }
  return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
}

/** The look of the words in an element, given the look around it. */
function within(element: Element, around: Run): Run {
  const look = lookOf(element);
  const tag = TAGS[element.localName] ?? {};
  const href = element.localName === "a" ? safeAddress(element.getAttribute("href") ?? "") : null;
  return {
    ...around,
    ...tag,
    ...(look.bold !== null && { bold: look.bold }),
    ...(look.italic !== null && { italic: look.italic }),
    ...(look.struck !== null && { struck: look.struck }),
    ...(look.raise !== null && { raise: look.raise }),
    ...(href !== null && { href }),
  };
}

/** The runs of a node. A line break becomes a run of "\n". */
export function runsOf(node: Node, around: Run = PLAIN): Run[] {
  if (node.nodeType === 3) {
    const text = (node.nodeValue ?? "").replace(/[ \t\r\n\f]+/g, " ");
    return text === "" ? [] : [{ ...around, text }];
  }
  if (node.nodeType !== 1 && node.nodeType !== 11) return [];
  if (node.nodeType === 11) return [...node.childNodes].flatMap((child) => runsOf(child, around));
  const element = node as Element;
  if (isNothing(element)) return [];
  if (element.localName === "br") return [{ ...PLAIN, text: "\n" }];
  if (element.localName === "img") return imageRuns(element, around);
  if (element.localName === "a") {
    const note = noteOf(element);
    if (note !== null) return [{ ...PLAIN, note }];
  }
  const look = within(element, around);
  return [...element.childNodes].flatMap((child) => runsOf(child, look));
}

/** A picture leaves its words: drafts fetch nothing from elsewhere. */
function imageRuns(element: Element, around: Run): Run[] {
  // The box of Google Docs before a task; the item itself says whether it is ticked.
  if (element.getAttribute("aria-roledescription") === "checkbox") return [];
  const words = (element.getAttribute("alt") ?? "").replace(/\s+/g, " ").trim();
  return words ? [{ ...around, text: words }] : [];
}

function sameLook(one: Run, other: Run): boolean {
  return (
    one.bold === other.bold &&
    one.italic === other.italic &&
    one.struck === other.struck &&
    one.code === other.code &&
    one.raise === other.raise &&
    one.href === other.href &&
    one.note === null &&
    other.note === null
  );
}

/** Spaces made single, runs of one look joined, ends trimmed: what Word tore apart is one again. */
export function tidyRuns(runs: readonly Run[]): Run[] {
  const out: Run[] = [];
  for (const run of runs) {
    const last = out.at(-1);
    const isAfterSpace = !last || (last.note === null && /[ \n]$/.test(last.text));
    let text = run.text.replace(/\u00A0(?=[ \u00A0])|(?<=[ \u00A0])\u00A0/g, " ").replace(/ {2,}/g, " ");
    if (isAfterSpace) text = text.replace(/^ +/, "");
    if (run.note === null && text === "") continue;
    if (last && sameLook(last, run)) out[out.length - 1] = { ...last, text: last.text + text };
    else if (last && last.note === null && run.note === null && text.trim() === "" && text !== "\n")
      out[out.length - 1] = { ...last, text: `${last.text} ` };
    else out.push({ ...run, text });
  }
  while (out.length > 0 && out.at(-1)?.note === null && out.at(-1)?.text.trim() === "") out.pop();
  const last = out.at(-1);
  if (last && last.note === null) out[out.length - 1] = { ...last, text: last.text.replace(/[\s\u00A0]+$/, "") };
  const first = out[0];
  if (first && first.note === null) out[0] = { ...first, text: first.text.replace(/^[\s\u00A0]+/, "") };
  return out;
}
