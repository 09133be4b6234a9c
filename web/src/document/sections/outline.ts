/** The headings of a text, numbered by nesting: the counterpart of `read.rs` in crates/draft. */
import type { Heading } from "../draft";
import type { HeadingLine } from "./blocks";
import { scan } from "./blocks";
import type { Sections } from "./sections";

/** Numbers headings by nesting, so that a level that is left out leaves no gap. */
export class Numbers {
  /** The open headings: level and count among their siblings. */
  private readonly open: { level: number; count: number }[] = [];

  next(level: number): string {
    let count = 1;
    for (let last = this.open.at(-1); last !== undefined && last.level >= level;) {
      this.open.pop();
      const up = this.open.at(-1);
      if (last.level === level || up === undefined || up.level < level) {
        count = last.count + 1;
      }
      last = up;
    }
    this.open.push({ level, count });
    return this.open.map((it) => it.count).join(".");
  }
}

/** The outline of a text. */
export function outlineOf(sections: Sections): Heading[] {
  const markdown = sections.markdown();
  const numbers = new Numbers();
  const found = scan(markdown).headings;
  const headings: Heading[] = [];
  found.forEach((heading, index) => {
    const section = sections.holding(heading.offset);
    if (section !== null) {
      headings.push({
        level: heading.level,
        number: numbers.next(heading.level),
        title: heading.title,
        section,
        offset: heading.offset,
        end: endOf(found, index, markdown.length),
      });
    }
  });
  return headings;
}

function endOf(headings: readonly HeadingLine[], index: number, end: number): number {
  const level = headings[index]?.level ?? 0;
  return headings.slice(index + 1).find((it) => it.level <= level)?.offset ?? end;
}
