import { describe, expect, test } from "vitest";

import {
  alignColumn,
  escapeCell,
  insertColumn,
  insertRow,
  moveColumn,
  moveRow,
  newTable,
  parseTable,
  removeColumn,
  removeRow,
  unescapeCell,
  type Table,
} from "./table-model";

const SOURCE = "| A | B |\n| :-- | --: |\n| 1 | 2 |\n| x \\| y | |";

function table(source: string): Table {
  const found = parseTable(source);
  if (!found) throw new Error("no table");
  return found;
}

describe("reading", () => {
  test("cells know where their words stand", () => {
    for (const row of table(SOURCE).rows)
      for (const cell of row) expect(SOURCE.slice(cell.from, cell.to)).toBe(cell.text);
    expect(table(SOURCE).alignments).toEqual(["start", "end"]);
  });

  test("rows that are short or long, bars at the ends or not", () => {
    const read = table("a | b\n--|--\n1\n1 | 2 | 3");
    expect(read.rows.map((row) => row.map((cell) => cell.text))).toEqual([
      ["a", "b"],
      ["1", ""],
      ["1", "2"],
    ]);
  });

  test("what stands beyond the columns comes along into the last one when a table is changed", () => {
    expect(insertRow(table("a | b\n--|--\n1 | 2 | 3 | 4"), 1)).toBe(
      "| a | b |\n| --- | --- |\n|  |  |\n| 1 | 2 \\| 3 \\| 4 |",
    );
  });

  test("what is no table is none", () => {
    expect(parseTable("a\nb")).toBeNull();
    expect(parseTable("| a |")).toBeNull();
  });
});

describe("changing", () => {
  test("rows and columns come, go, move and are aligned", () => {
    expect(insertRow(table(SOURCE), 1).split("\n")[2]).toBe("|  |  |");
    expect(removeRow(table(SOURCE), 1)).toBe("| A | B |\n| :--- | ---: |\n| x \\| y |  |");
    expect(removeRow(table(SOURCE), 0)).toContain("| A | B |");
    expect(moveRow(table(SOURCE), 2, -1).split("\n")[2]).toBe("| x \\| y |  |");
    expect(insertColumn(table(SOURCE), 1).split("\n")[0]).toBe("| A |  | B |");
    expect(removeColumn(table(SOURCE), 0).split("\n")[0]).toBe("| B |");
    expect(moveColumn(table(SOURCE), 0, 1).split("\n").slice(0, 2)).toEqual(["| B | A |", "| ---: | :--- |"]);
    expect(alignColumn(table(SOURCE), 0, "centre").split("\n")[1]).toBe("| :---: | ---: |");
  });

  test("a person's words become one cell and come back", () => {
    for (const words of ["plain", "a | b", "two\nlines"]) expect(unescapeCell(escapeCell(words))).toBe(words);
    expect(newTable(2, 1, ["A", "B"])).toBe("| A | B |\n| --- | --- |\n|  |  |");
  });
});
