/**
 * Reading a text as it stood at other heads than the present. Automerge's own view of old heads makes
 * a JavaScript object of the whole document, which takes many times as long as reading what is asked.
 */
import * as A from "@automerge/automerge";
import type { Doc } from "@automerge/automerge";
import { sectionId, type Heads } from "./ids";
import { Sections, type Section } from "./sections/sections";

type Backend = ReturnType<typeof A.getBackend>;

/**
 * Whether all of these changes are in the document. (Automerge's `hasHeads` writes each change out to
 * answer, which takes 100 ms where the change is a whole report.)
 */
export function knows(doc: Doc<unknown>, heads: readonly string[]): boolean {
  const backend = A.getBackend(doc);
  return heads.every((hash) => {
    try {
      return backend.getChangeMetaByHash(hash) !== null;
    } catch {
      return false;
    }
  });
}

/** What a text said at some heads, which must be known. */
export interface Version {
  readonly title: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly sections: Sections;
}

export function versionAt(doc: Doc<unknown>, heads: Heads): Version {
  const reader = new Reader(A.getBackend(doc), [...heads]);
  return {
    title: reader.string(ROOT, "title").text,
    metadata: reader.metadata(),
    sections: reader.sections(),
  };
}

export const sectionsAt = (doc: Doc<unknown>, heads: Heads): Sections =>
  new Reader(A.getBackend(doc), [...heads]).sections();

const ROOT = "_root";

class Reader {
  constructor(
    private readonly backend: Backend,
    private readonly heads: string[],
  ) {}

  sections(): Sections {
    const map = this.map(ROOT, "sections");
    const all = this.keys(map).flatMap((key): Section[] => {
      const section = map === null ? null : this.map(map, key);
      if (section === null) {
        return [];
      }
      const { text, isText } = this.string(section, "text");
      const order = this.string(section, "order").text;
      return [{ id: sectionId(key), order, text, editable: isText }];
    });
    return Sections.sorted(all);
  }

  metadata(): Record<string, string> {
    const map = this.map(ROOT, "metadata");
    return Object.fromEntries(this.keys(map).map((key) => [key, map === null ? "" : this.string(map, key).text]));
  }

  string(object: string, key: string): { text: string; isText: boolean } {
    const value = this.backend.getWithType(object, key, this.heads);
    if (value?.[0] === "text") {
      return { text: this.backend.text(value[1], this.heads), isText: true };
    }
    return { text: value?.[0] === "str" ? value[1] : "", isText: false };
  }

  private map(object: string, key: string): string | null {
    const value = this.backend.getWithType(object, key, this.heads);
    return value?.[0] === "map" ? value[1] : null;
  }

  private keys(object: string | null): string[] {
    return object === null ? [] : this.backend.keys(object, this.heads);
  }
}
