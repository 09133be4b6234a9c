// What lies within lines: headings, emphasis, links, lists, quotes, notes and footnotes. Only what is
// on the screen is looked at, so the length of the draft costs nothing.

import { syntaxTree } from "@codemirror/language";
import { type EditorState, type Range } from "@codemirror/state";
import { Decoration, ViewPlugin, type DecorationSet, type EditorView, type ViewUpdate } from "@codemirror/view";
import type { SyntaxNodeRef } from "@lezer/common";

import { focusChanged, isLineTouched, isTouched } from "./active";
import { footnotes, noteText } from "./footnotes";
import { references, referencesChanged, referenceWords } from "./references";
import { frontMatterEnd, isBracketedText } from "./syntax";
import {
  ALERTS,
  AlertWidget,
  BulletWidget,
  FootnoteWidget,
  ImageWidget,
  ReferenceWidget,
  RuleWidget,
  TaskWidget,
  type AlertKind,
  type PreviewWords,
} from "./widgets";

const hide = Decoration.replace({});
const bullet = Decoration.replace({ widget: new BulletWidget() });
const rule = Decoration.replace({ widget: new RuleWidget() });

/** Collects decorations; lines are decorated once however many nodes ask for it. */
class Collector {
  readonly ranges: Range<Decoration>[] = [];
  private readonly lines = new Set<string>();

  constructor(
    readonly state: EditorState,
    readonly words: PreviewWords,
  ) {}

  mark(className: string, from: number, to: number, attributes?: Record<string, string>): void {
    if (from < to)
      this.ranges.push(
        Decoration.mark(attributes ? { class: className, attributes } : { class: className }).range(from, to),
      );
  }

  replace(decoration: Decoration, from: number, to: number): void {
    if (from < to) this.ranges.push(decoration.range(from, to));
  }

  line(className: string, position: number): void {
    const { from } = this.state.doc.lineAt(position);
    const key = `${from} ${className}`;
    if (this.lines.has(key)) return;
    this.lines.add(key);
    this.ranges.push(Decoration.line({ class: className }).range(from));
  }

  eachLine(className: string, from: number, to: number): void {
    let line = this.state.doc.lineAt(from);
    for (;;) {
      this.line(className, line.from);
      if (line.to >= to || line.number >= this.state.doc.lines) return;
      line = this.state.doc.line(line.number + 1);
    }
  }

  text(from: number, to: number): string {
    return this.state.doc.sliceString(from, to);
  }

  /** Whether the Markdown of this place shows as typed. */
  isSource(from: number): boolean {
    return isLineTouched(this.state, from);
  }
}

type Handler = (node: SyntaxNodeRef, out: Collector) => void;

function heading(level: number): Handler {
  return (node, out) => {
    out.line(`cm-heading cm-heading-${level}`, node.from);
  };
}

const headerMark: Handler = (node, out) => {
  if (out.isSource(node.from)) return out.mark("cm-mark", node.from, node.to);
  const line = out.state.doc.lineAt(node.from);
  const isOpening = /^\s{0,3}#+$/.test(out.text(line.from, node.to));
  const end = isOpening
    ? Math.min(line.to, node.to + (/^\s*/.exec(out.text(node.to, line.to))?.[0].length ?? 0))
    : node.to;
  out.replace(hide, isOpening ? line.from : node.from, end);
};

const hiddenMark: Handler = (node, out) => {
  if (out.isSource(node.from)) out.mark("cm-mark", node.from, node.to);
  else out.replace(hide, node.from, node.to);
};

const attributes: Handler = (node, out) => {
  if (out.isSource(node.from)) return out.mark("cm-mark", node.from, node.to);
  const before = out.text(Math.max(0, node.from - 1), node.from);
  out.replace(hide, before === " " ? node.from - 1 : node.from, node.to);
};

function styled(className: string): Handler {
  return (node, out) => out.mark(className, node.from, node.to);
}

const link: Handler = (node, out) => {
  const inner = node.node;
  const url = inner.getChild("URL");
  const label = inner.getChild("LinkLabel");
  if (!url && !label) return bracket(node, out);
  const address = url ? out.text(url.from, url.to) : "";
  out.mark("cm-link", node.from, node.to, address ? { title: address } : undefined);
  if (out.isSource(node.from)) return;
  const marks = inner.getChildren("LinkMark");
  const [open, close] = marks;
  if (!open || !close) return;
  out.replace(hide, open.from, open.to);
  out.replace(hide, close.from, node.to);
};

const bracket: Handler = (node, out) => {
  const inner = out.text(node.from + 1, node.to - 1);
  const after = out.text(node.to, node.to + 1);
  if (!isBracketedText(inner, after)) return;
  out.mark("cm-bracket", node.from, node.to);
  for (const slash of inner.matchAll(/ \/ /g)) {
    const at = node.from + 1 + slash.index + 1;
    out.mark("cm-bracket-or", at, at + 1);
  }
};

const image: Handler = (node, out) => {
  if (out.isSource(node.from)) return out.mark("cm-mark", node.from, node.to);
  const words = /^!\[([^\]]*)\]/.exec(out.text(node.from, node.to))?.[1] ?? "";
  out.replace(Decoration.replace({ widget: new ImageWidget(out.words.image, words) }), node.from, node.to);
};

const autolink: Handler = (node, out) => {
  out.mark("cm-link", node.from, node.to);
};

const listMark: Handler = (node, out) => {
  const text = out.text(node.from, node.to);
  out.line("cm-list-line", node.from);
  if (/^[-*+]$/.test(text)) {
    const isTask = /^ \[[ xX]\]/.test(out.text(node.to, node.to + 4));
    if (out.isSource(node.from)) out.mark("cm-mark", node.from, node.to);
    else if (isTask) out.replace(hide, node.from, node.to + 1);
    else out.replace(bullet, node.from, node.to);
  } else {
    out.mark("cm-list-number", node.from, node.to);
  }
};

const task: Handler = (node, out) => {
  if (out.isSource(node.from)) return;
  const isDone = /x/i.test(out.text(node.from, node.to));
  const label = isDone ? out.words.taskDone : out.words.taskOpen;
  out.replace(Decoration.replace({ widget: new TaskWidget(isDone, label) }), node.from, node.to);
};

const quote: Handler = (node, out) => {
  const kind = alertKind(out.text(node.from, Math.min(node.to, node.from + 40)));
  out.eachLine(kind ? `cm-alert cm-alert-${kind}` : "cm-quote", node.from, node.to);
};

function alertKind(opening: string): AlertKind | null {
  const word = /^>\s*\[!(\w+)\]\s*(?:\n|$)/.exec(opening)?.[1]?.toLowerCase();
  return ALERTS.find((kind) => kind === word) ?? null;
}

const quoteMark: Handler = (node, out) => {
  if (out.isSource(node.from)) return out.mark("cm-mark", node.from, node.to);
  const after = out.text(node.to, node.to + 1);
  out.replace(hide, node.from, after === " " ? node.to + 1 : node.to);
};

const alertMark: Handler = (node, out) => {
  if (out.isSource(node.from)) return out.mark("cm-mark", node.from, node.to);
  const word = out.text(node.from + 2, node.to - 1).toLowerCase();
  const kind = ALERTS.find((candidate) => candidate === word) ?? "note";
  out.replace(Decoration.replace({ widget: new AlertWidget(kind, out.words.alert(kind)) }), node.from, node.to);
};

const footnoteReference: Handler = (node, out) => {
  const label = out.text(node.from + 2, node.to - 1);
  const line = out.state.doc.lineAt(node.from);
  const isDefinition = node.from === line.from && out.text(node.to, node.to + 1) === ":";
  if (isDefinition) out.line("cm-footnote-line", node.from);
  if (out.isSource(node.from)) return out.mark("cm-mark", node.from, node.to);
  const number = out.state.field(footnotes).numbers.get(label);
  const shown = number === undefined ? label : String(number);
  const findNote = (view: EditorView): string => (isDefinition ? "" : (noteText(view.state.doc, label) ?? ""));
  const widget = new FootnoteWidget(shown, out.words.footnote(shown), findNote, isDefinition);
  out.replace(Decoration.replace({ widget }), node.from, isDefinition ? node.to + 1 : node.to);
};

const crossReference: Handler = (node, out) => {
  out.mark("cm-reference", node.from, node.to);
  if (out.isSource(node.from)) return;
  const typed = out.text(node.from, node.to);
  const words = referenceWords(out.state.field(references), typed, out.words.reference);
  if (words !== null)
    out.replace(Decoration.replace({ widget: new ReferenceWidget(words, typed) }), node.from, node.to);
};

const horizontalRule: Handler = (node, out) => {
  if (!out.isSource(node.from)) out.replace(rule, node.from, node.to);
};

const codeBlock: Handler = (node, out) => {
  out.eachLine("cm-code-line", node.from, node.to);
};

const codeMark: Handler = (node, out) => {
  const isFence = out.text(node.from, node.to).length >= 3;
  if (isFence || out.isSource(node.from)) out.mark("cm-mark", node.from, node.to);
  else out.replace(hide, node.from, node.to);
};

const HANDLERS: Readonly<Record<string, Handler>> = {
  ATXHeading1: heading(1),
  ATXHeading2: heading(2),
  ATXHeading3: heading(3),
  ATXHeading4: heading(4),
  ATXHeading5: heading(5),
  ATXHeading6: heading(6),
  SetextHeading1: heading(1),
  SetextHeading2: heading(2),
  HeaderMark: headerMark,
  Attributes: attributes,
  StrongEmphasis: styled("cm-strong"),
  Emphasis: styled("cm-emphasis"),
  Strikethrough: styled("cm-struck"),
  EmphasisMark: hiddenMark,
  StrikethroughMark: hiddenMark,
  InlineCode: styled("cm-code"),
  CodeMark: codeMark,
  FencedCode: codeBlock,
  CodeBlock: codeBlock,
  Link: link,
  Image: image,
  Autolink: autolink,
  URL: autolink,
  CrossReference: crossReference,
  ListMark: listMark,
  TaskMarker: task,
  Blockquote: quote,
  QuoteMark: quoteMark,
  AlertMark: alertMark,
  FootnoteReference: footnoteReference,
  HorizontalRule: horizontalRule,
  Comment: styled("cm-mark"),
  CommentBlock: styled("cm-mark"),
  HTMLTag: styled("cm-mark"),
  HTMLBlock: styled("cm-mark"),
};

/** Nodes whose inside is none of our business: tables are drawn as blocks, links name their own parts. */
const OPAQUE = new Set(["Table", "Image", "FencedCode", "CodeBlock"]);

function decorate(view: EditorView, words: PreviewWords): DecorationSet {
  const out = new Collector(view.state, words);
  const front = frontMatterEnd(view.state.doc);
  for (const { from, to } of view.visibleRanges) {
    syntaxTree(view.state).iterate({
      from,
      to,
      enter(node) {
        if (node.to <= front && node.name !== "Document") return false;
        if (node.name === "Table" && !isTouched(view.state, node.from, node.to)) return false;
        if (node.name === "URL" && node.node.parent?.name === "Link") return undefined;
        HANDLERS[node.name]?.(node, out);
        return !OPAQUE.has(node.name) && undefined;
      },
    });
    plainLines(out, from, to, front);
  }
  return Decoration.set(out.ranges, true);
}

/** Lines that Markdown knows nothing of: captions, definitions, marks of a passage, the front matter. */
function plainLines(out: Collector, from: number, to: number, front: number): void {
  for (let at = from; at <= to;) {
    const line = out.state.doc.lineAt(at);
    if (line.from < front) out.line("cm-front-line", line.from);
    else if (/^(?:Table)?: +\S/.test(line.text)) {
      out.line(/\{#(?:tbl|fig):/.test(line.text) ? "cm-caption-line" : "cm-definition-line", line.from);
      const mark =
        line.text.indexOf(":") + 1 + (/^\s+/.exec(line.text.slice(line.text.indexOf(":") + 1))?.[0].length ?? 0);
      if (!out.isSource(line.from)) out.replace(hide, line.from, line.from + mark);
    } else if (/^:{3,}/.test(line.text)) out.mark("cm-mark", line.from, line.to);
    at = line.to + 1;
  }
}

/** The extension that decorates what is on the screen. */
export function inlinePreview(words: PreviewWords) {
  return ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;
      constructor(view: EditorView) {
        this.decorations = decorate(view, words);
      }
      update(update: ViewUpdate) {
        const treeMoved = syntaxTree(update.startState) !== syntaxTree(update.state);
        const focus = update.transactions.some(
          (transaction) => focusChanged(transaction.effects) || referencesChanged(transaction.effects),
        );
        if (update.docChanged || update.viewportChanged || update.selectionSet || treeMoved || focus) {
          this.decorations = decorate(update.view, words);
        }
      }
    },
    { decorations: (plugin) => plugin.decorations },
  );
}
