/**
 * A fast scanner for the block structure of Markdown: the counterpart of `blocks.rs` in
 * crates/draft. It says where a text may be cut and where headings stand, and where a rule is
 * intricate it errs on the side of not cutting.
 */
import { endsHtml, opensHtml, Line, type Html } from "./line";

/** A place where a text may be cut: the beginning of a line, not inside of a block. */
export interface Boundary {
  /** UTF-16 units from the beginning of the text; never 0. */
  readonly offset: number;
  readonly kind: "heading" | "block";
}

/** A heading outside of lists and quotes. */
export interface HeadingLine {
  readonly offset: number;
  readonly level: number;
  readonly title: string;
}

export interface Scan {
  readonly boundaries: readonly Boundary[];
  readonly headings: readonly HeadingLine[];
  /** UTF-16 units that the front matter takes, its fences included; 0 without one. */
  readonly frontMatter: number;
}

/** Scans a text with LF only, in time proportional to its length. */
export function scan(text: string): Scan {
  const scanner = new Scanner();
  const frontMatter = frontMatterLength(text);
  scanner.afterBlank = frontMatter > 0;
  for (let offset = frontMatter; offset < text.length;) {
    const newline = text.indexOf("\n", offset);
    const end = newline < 0 ? text.length : newline + 1;
    scanner.line(new Line(text.slice(offset, end), offset));
    offset = end;
  }
  return { boundaries: scanner.boundaries, headings: scanner.headings, frontMatter };
}

/** The length of YAML (`---`) or TOML (`+++`) front matter; 0 when there is none. */
function frontMatterLength(text: string): number {
  const first = /^(---|\+\+\+)[^\S\n]*(\n|$)/.exec(text);
  if (first === null) {
    return 0;
  }
  const yaml = first[1] === "---";
  for (let offset = first[0].length; offset < text.length;) {
    const newline = text.indexOf("\n", offset);
    const end = newline < 0 ? text.length : newline + 1;
    const line = text.slice(offset, end).trimEnd();
    offset = end;
    if (yaml ? line === "---" || line === "..." : line === "+++") {
      return offset;
    }
  }
  return 0;
}

type State =
  | { readonly in: "flow" }
  | { readonly in: "fence"; readonly mark: string; readonly length: number; readonly list: boolean }
  | { readonly in: "html"; readonly html: Html };

const FLOW: State = { in: "flow" };

class Scanner {
  readonly boundaries: Boundary[] = [];
  readonly headings: HeadingLine[] = [];
  afterBlank = false;
  private state: State = FLOW;
  private inList = false;
  private inQuote = false;
  /** The paragraph that an underline would make a heading. */
  private paragraph: { offset: number; title: string } | null = null;

  line(line: Line): void {
    const state = this.state;
    if (state.in === "flow") {
      this.flow(line);
    } else if (state.in === "fence") {
      if (line.closesFence(state.mark, state.length)) {
        this.state = FLOW;
      } else if (state.list && !line.isBlank && line.indent < 2) {
        // The list ends here, and what was open inside of it ends with it.
        this.state = FLOW;
        this.flow(line);
      }
    } else if (endsHtml(state.html, line)) {
      this.state = FLOW;
      this.afterBlank = line.isBlank;
    }
  }

  private flow(line: Line): void {
    if (line.isBlank) {
      this.afterBlank = true;
      this.inQuote = false;
      this.paragraph = null;
      return;
    }
    const afterBlank = this.afterBlank;
    this.afterBlank = false;
    const continuesList = this.inList && line.indent >= 2;
    if (line.indent >= 4 || continuesList) {
      this.insideOfBlock(line, continuesList);
      return;
    }
    const level = line.atxLevel();
    if (level !== null) {
      this.heading(line.offset, level, line.atxTitle());
      return;
    }
    const underline = line.underlineLevel();
    if (underline !== null && this.paragraph !== null) {
      this.heading(this.paragraph.offset, underline, this.paragraph.title);
      return;
    }
    this.block(line, afterBlank);
  }

  /** An indented line: it belongs to what stands before it. */
  private insideOfBlock(line: Line, inList: boolean): void {
    const fence = inList ? line.opensFence() : null;
    if (fence !== null) {
      this.state = { in: "fence", ...fence, list: true };
    }
    this.continueParagraph(line);
  }

  private continueParagraph(line: Line): boolean {
    if (this.paragraph === null) {
      return false;
    }
    this.paragraph.title += ` ${line.content}`;
    return true;
  }

  private heading(offset: number, level: number, title: string): void {
    this.inList = false;
    this.inQuote = false;
    this.paragraph = null;
    this.boundary(offset, "heading");
    this.headings.push({ offset, level, title });
  }

  /** Any other line that is not indented. */
  private block(line: Line, afterBlank: boolean): void {
    const isItem = line.isListItem();
    const belongsToList = this.inList && (isItem || !afterBlank);
    if (afterBlank && !belongsToList && !line.continuesDefinition()) {
      this.boundary(line.offset, "block");
    }
    const fence = line.opensFence();
    const breaksList = line.isThematicBreak() || fence !== null;
    this.inList = isItem || (belongsToList && !breaksList);
    if (fence !== null) {
      this.paragraph = null;
      this.state = { in: "fence", ...fence, list: false };
      return;
    }
    const html = opensHtml(line, this.paragraph !== null);
    if (html !== null) {
      this.paragraph = null;
      if (!endsHtml(html, line)) {
        this.state = { in: "html", html };
      }
    } else if (line.content.startsWith(">")) {
      this.inQuote = true;
      this.paragraph = null;
    } else if (this.inList || this.inQuote || line.isThematicBreak() || line.startsFootnote()) {
      this.paragraph = null;
    } else if (!this.continueParagraph(line)) {
      this.paragraph = { offset: line.offset, title: line.content };
    }
  }

  private boundary(offset: number, kind: Boundary["kind"]): void {
    const last = this.boundaries.at(-1);
    if (last?.offset === offset) {
      this.boundaries[this.boundaries.length - 1] = { offset, kind };
    } else if (offset > 0) {
      this.boundaries.push({ offset, kind });
    }
  }
}
