import { expect, test } from "vitest";
import type { ChangeView } from "../document/draft";
import { actorId, changeHash, participantId } from "../document/ids";
import { pointsOf } from "./points";
import { datedBy, toldOf } from "./times";

const NOON = Date.UTC(2026, 10, 22, 12);

function change(number: number, time: number): ChangeView {
  const hash = changeHash(String(number).padStart(64, "0"));
  return { hash, actor: actorId("aa"), participant: participantId("p"), message: "", heads: [hash], time };
}

test("changes of somebody withheld stand with the change before them", () => {
  const all = [change(1, NOON), change(2, NOON + 3_600_000), change(3, 0), change(4, 0), change(5, NOON + 3_660_000)];
  const changes = datedBy(
    all,
    toldOf(all, null, () => false),
  );
  expect(changes.map(({ time }) => time - NOON)).toEqual([0, 3_600_000, 3_600_000, 3_600_000, 3_660_000]);
  expect(pointsOf(changes, []).map((point) => point.changes)).toEqual([1, 4]);
});

test("a clock that is behind turns no spell of work around", () => {
  const points = pointsOf([change(1, NOON + 900), change(2, NOON)], []);
  expect(points.map((point) => point.key.at(-1))).toEqual(["1", "2"]);
  expect(points.map((point) => point.at - NOON)).toEqual([900, 900]);
});
