// A file that a draft is to begin with, read and judged before anything travels.

/** The promise of the relay: sources up to 5 MiB. */
const MOST_BYTES = 5 * 1024 * 1024;

export type Source =
  | { readonly kind: "text"; readonly name: string; readonly text: string }
  | { readonly kind: "bundle"; readonly name: string; readonly file: File }
  | { readonly kind: "word"; readonly name: string; readonly file: File };

export type ReadSource = Source | { readonly kind: "refused"; readonly reason: "too-large" | "not-text" | "word" };

/** Reads a Markdown file or takes a bundle or a Word file. Text comes with its bytes' own line endings and byte order mark. */
export async function readSource(file: File): Promise<ReadSource> {
  if (/\.plenary$/i.test(file.name)) return { kind: "bundle", name: file.name, file };
  if (/\.docx$/i.test(file.name)) return { kind: "word", name: file.name, file };
  if (/\.(?:doc|odt|rtf|pages)$/i.test(file.name)) return { kind: "refused", reason: "word" };
  if (file.size > MOST_BYTES) return { kind: "refused", reason: "too-large" };
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await file.arrayBuffer());
    return { kind: "text", name: file.name, text };
  } catch {
    return { kind: "refused", reason: "not-text" };
  }
}

/** The title that a source proposes: front matter first, then its first heading, then the file's name. */
export function proposedTitle(text: string, fileName: string): string {
  const front = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n(?:---|\.\.\.)\r?\n/.exec(text)?.[1] ?? "";
  const named = /^title:\s*["']?(.+?)["']?\s*$/m.exec(front)?.[1];
  if (named) return named;
  const heading = /^#\s+(.+?)\s*#*\s*$/m.exec(text)?.[1];
  if (heading) return heading.replace(/\s*\{[^}]*\}$/, "").replace(/[*_`]/g, "");
  return fileName.replace(/\.[^.]+$/, "");
}

/** A plain file name made from a title: letters, digits and hyphens, at most 48 characters. */
export function fileNameFor(title: string): string {
  const plain = title
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 48)
    .replace(/-+$/, "");
  return plain || "draft";
}
