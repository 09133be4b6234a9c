// The guides of docs/ as parts of the editor: `import guide from "….md?guide"` gives a guide as HTML,
// rendered when the editor is built. What guides may hold is what our own docs hold.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { Marked, type Tokens } from "marked";
import type { Plugin } from "vite";

/** A guide, ready to be shown. */
export interface Guide {
  readonly title: string;
  /** The sections, for a list of contents; `id` is that of the heading in the HTML. */
  readonly sections: readonly { readonly id: string; readonly title: string }[];
  readonly html: string;
}

/** Stands in the HTML where the address of a picture comes, in braces of its own. */
const PICTURE = /\{\{picture:(\d+)\}\}/g;

/** Makes a guide of Markdown, `name` being the same in every language; `pictures` are the files that it shows, by their numbers in the HTML. */
export function renderGuide(markdown: string, name: string): Guide & { readonly pictures: readonly string[] } {
  const pictures: string[] = [];
  const sections: { id: string; title: string }[] = [];
  let title = "";
  const slug = (text: string): string =>
    text
      .toLowerCase()
      .replace(/<[^>]*>/g, "")
      .replace(/[^\p{L}\p{N}\s-]/gu, "")
      .trim()
      .replace(/\s+/g, "-");
  const marked = new Marked({
    gfm: true,
    renderer: {
      heading({ tokens, depth, text }: Tokens.Heading) {
        if (depth === 1) {
          title = text;
          return "";
        }
        const id = `guide-${name}-${slug(text)}`;
        if (depth === 2) sections.push({ id, title: text });
        const level = Math.min(6, depth + 1);
        return `<h${level} id="${id}" tabindex="-1">${this.parser.parseInline(tokens)}</h${level}>\n`;
      },
      link({ href, tokens }: Tokens.Link) {
        const words = this.parser.parseInline(tokens);
        const guide = /^([\w-]+-guide)(?:\.\w\w)?\.md(?:#([\w-]+))?$/.exec(href);
        if (guide) return `<a href="#" data-guide="${guide[1]}" data-section="${guide[2] ?? ""}">${words}</a>`;
        if (href.startsWith("#")) return `<a href="#" data-section="${href.slice(1)}">${words}</a>`;
        // Other pages of docs/ are not in the editor; pages elsewhere are not ours to ask.
        return words;
      },
      image({ href, text }: Tokens.Image) {
        const number = pictures.push(href) - 1;
        return `<img src="{{picture:${number}}}" alt="${text.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}" loading="lazy">`;
      },
      table(this: { parser: { parseInline(tokens: unknown): string } }, token: Tokens.Table) {
        const cells = (row: Tokens.TableCell[], tag: string): string =>
          `<tr>${row.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag.split(" ")[0]}>`).join("")}</tr>`;
        return `<div class="table"><table><thead>${cells(token.header, 'th scope="col"')}</thead><tbody>${token.rows.map((row) => cells(row, "td")).join("")}</tbody></table></div>\n`;
      },
      html({ text }: Tokens.HTML | Tokens.Tag) {
        return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
      },
    },
  });
  const html = marked.parse(markdown, { async: false });
  return { title, sections, html, pictures };
}

/** The Vite plugin; pictures become files of the build like any other. */
export function guides(): Plugin {
  return {
    name: "plenary-guides",
    enforce: "pre",
    async load(id) {
      if (!id.endsWith(".md?guide")) return null;
      const file = id.slice(0, -"?guide".length);
      this.addWatchFile(file);
      const { pictures, html, ...guide } = renderGuide(
        await readFile(file, "utf8"),
        path.basename(file, ".md").replace(/\.\w\w$/, ""),
      );
      const imports = pictures.map(
        (picture, index) =>
          `import picture${index} from ${JSON.stringify(`${path.resolve(path.dirname(file), picture)}?url`)};`,
      );
      const pieces = html
        .split(PICTURE)
        .map((piece, index) => (index % 2 === 0 ? JSON.stringify(piece) : `picture${piece}`));
      return `${imports.join("\n")}\nexport default { ...${JSON.stringify(guide)}, html: ${pieces.join(" + ")} };\n`;
    },
  };
}
