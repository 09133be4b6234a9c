/** What one line of Markdown may begin or end: the counterpart of `line.rs` in crates/draft. */

/** A line, with its indentation measured. */
export class Line {
  /** Columns of white space in front; a tab goes to the next multiple of four. */
  readonly indent: number;
  /** The line without its indentation, its ending and white space before that. */
  readonly content: string;

  constructor(
    line: string,
    /** UTF-16 units from the beginning of the text. */
    readonly offset: number,
  ) {
    let indent = 0;
    let index = 0;
    for (; index < line.length; index += 1) {
      const character = line[index];
      if (character === " ") {
        indent += 1;
      } else if (character === "\t") {
        indent += 4 - (indent % 4);
      } else {
        break;
      }
    }
    this.indent = indent;
    this.content = line.slice(index).replace(/[ \t\n\r]+$/, "");
  }

  get isBlank(): boolean {
    return this.content === "";
  }

  /** How many times `mark` stands at the beginning. */
  private run(mark: string): number {
    let count = 0;
    while (this.content[count] === mark) {
      count += 1;
    }
    return count;
  }

  /** The level of the heading that this line is, `#` to `######`. */
  atxLevel(): number | null {
    const level = this.run("#");
    const next = this.content[level];
    const separated = next === undefined || next === " " || next === "\t";
    return level >= 1 && level <= 6 && separated ? level : null;
  }

  /** The words of a heading, without the `#`s before and after them. */
  atxTitle(): string {
    const words = this.content.replace(/^#+/, "").trim();
    const open = words.replace(/#+$/, "");
    const closed = open === "" || open.endsWith(" ") || open.endsWith("\t");
    return closed ? open.trimEnd() : words;
  }

  /** The level that this line gives to the paragraph above it, as its underline. */
  underlineLevel(): number | null {
    if (this.isBlank) {
      return null;
    }
    if (this.run("=") === this.content.length) {
      return 1;
    }
    return this.run("-") === this.content.length ? 2 : null;
  }

  isThematicBreak(): boolean {
    const marks = this.content.replace(/[ \t]/g, "");
    return /^(-{3,}|\*{3,}|_{3,})$/.test(marks);
  }

  isListItem(): boolean {
    return !this.isThematicBreak() && /^([-*+]|[0-9]{1,9}[.)])([ \t]|$)/.test(this.content);
  }

  /** The mark and length of the fence that begins here. */
  opensFence(): { readonly mark: string; readonly length: number } | null {
    const mark = this.content[0];
    if (mark !== "`" && mark !== "~") {
      return null;
    }
    const length = this.run(mark);
    const fence = mark === "~" || !this.content.slice(length).includes("`");
    return fence && length >= 3 ? { mark, length } : null;
  }

  closesFence(mark: string, length: number): boolean {
    const run = this.run(mark);
    return run >= length && run === this.content.length;
  }

  startsFootnote(): boolean {
    return this.content.startsWith("[^");
  }

  /** The definition of a term, or attributes for a block: belongs to the block above it. */
  continuesDefinition(): boolean {
    return this.indent >= 2 || /^(:[ \t]|~ |\{:)/.test(this.content);
  }
}

/** A kind of HTML block: until a text (compared without regard to case), or until a blank line. */
export type Html = { readonly until: string } | "blank";

const VERBATIM: ReadonlyMap<string, string> = new Map([
  ["script", "</script>"],
  ["pre", "</pre>"],
  ["style", "</style>"],
  ["textarea", "</textarea>"],
]);

/** Elements that begin a block wherever they stand at the beginning of a line (CommonMark 4.6). */
const BLOCK_ELEMENTS: ReadonlySet<string> = new Set(
  (
    "address article aside base basefont blockquote body caption center col colgroup dd details " +
    "dialog dir div dl dt fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 " +
    "head header hr html iframe legend li link main menu menuitem nav noframes ol optgroup option " +
    "p param search section summary table tbody td tfoot th thead title tr track ul"
  ).split(" "),
);

export function opensHtml(line: Line, inParagraph: boolean): Html | null {
  if (!line.content.startsWith("<")) {
    return null;
  }
  const rest = line.content.slice(1);
  if (rest.startsWith("!--")) {
    return { until: "-->" };
  }
  if (rest.startsWith("?")) {
    return { until: "?>" };
  }
  if (rest.startsWith("![CDATA[")) {
    return { until: "]]>" };
  }
  if (rest.startsWith("!")) {
    return { until: ">" };
  }
  const closing = rest.startsWith("/");
  const tag = closing ? rest.slice(1) : rest;
  const written = /^[A-Za-z0-9-]*/.exec(tag)?.[0] ?? "";
  const name = written.toLowerCase();
  if (!/^[a-z]/.test(name)) {
    return null;
  }
  const next = tag[written.length];
  const separated = next === undefined || " \t>/".includes(next);
  const end = VERBATIM.get(name);
  if (end !== undefined && separated && !closing) {
    return { until: end };
  }
  const block = separated && BLOCK_ELEMENTS.has(name);
  const alone = tag.endsWith(">") && !tag.includes("<") && !tag.includes("://");
  return block || (alone && separated && !inParagraph) ? "blank" : null;
}

export function endsHtml(html: Html, line: Line): boolean {
  if (html === "blank") {
    return line.isBlank;
  }
  return line.content.toLowerCase().includes(html.until);
}
