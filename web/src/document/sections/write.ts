/** Writing operations on sections into a document, within one change. */
import { ImmutableString, splice } from "@automerge/automerge";
import { randomKey } from "../keys";
import type { MutableRoot } from "../live";
import { asMap } from "../schema/value";
import type { Operation } from "./operations";
import type { Random } from "./order";

type MutableMap = Record<string, unknown>;

/** A map of the document that can be written to, or null. */
export function mutableMap(parent: MutableMap, key: string): MutableMap | null {
  return asMap(parent[key]) === null ? null : (parent[key] as MutableMap);
}

/** Carries operations out. Sections that are not there (any more) are passed over. */
export function write(root: MutableRoot, operations: readonly Operation[], random: Random): void {
  const sections = mutableMap(root, "sections");
  if (sections === null) {
    throw new Error("the document has no sections: it is not a draft's text");
  }
  for (const operation of operations) {
    const section = mutableMap(sections, operation.kind === "split" ? "" : operation.section);
    switch (operation.kind) {
      case "splice":
        if (typeof section?.["text"] === "string") {
          const path = ["sections", operation.section, "text"];
          splice(root, path, operation.index, operation.remove, operation.insert);
        }
        break;
      case "create":
        sections[operation.section] = {
          order: new ImmutableString(operation.order),
          text: operation.text,
        };
        break;
      case "order":
        if (section !== null) {
          section["order"] = new ImmutableString(operation.order);
        }
        break;
      case "split": {
        const splits = mutableMap(root, "splits");
        if (splits !== null) {
          splits[randomKey(random)] = {
            from: new ImmutableString(operation.from),
            to: new ImmutableString(operation.to),
            start: operation.start,
            length: operation.length,
          };
        }
        break;
      }
    }
  }
}
