import * as A from "@automerge/automerge";
import { Repo } from "@automerge/automerge-repo";
import { expect, test } from "vitest";
import type { MutableRoot } from "../document/live";
import { RepoDocument } from "./repo-document";

test("what is written by somebody of whom nothing is told does not say when", () => {
  const repo = new Repo({ network: [] });
  const document = new RepoDocument(repo.create<MutableRoot>({}));
  const write = (key: string): void => {
    document.change("typing", (root) => {
      root[key] = "words";
    });
  };
  write("open");
  document.saysWhen = false;
  write("hidden");
  document.saysWhen = true;
  write("open again");
  const times = A.getChangesMetaSince(document.doc(), []).map(({ time }) => time > 0);
  expect(times.slice(-3)).toEqual([true, false, true]);
});
