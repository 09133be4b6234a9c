import { beforeEach, expect, test } from "vitest";
import { Calm, type Surroundings } from "./calm";

/** A page whose clock, pictures and keys the test plays. */
class Page implements Surroundings {
  time = 1_000;
  hidden = false;
  press: () => void = () => undefined;
  compose: (isComposing: boolean) => void = () => undefined;
  private timers: { at: number; run: () => void }[] = [];
  private pictures: (() => void)[] = [];

  now = (): number => this.time;
  isHidden = (): boolean => this.hidden;
  onKey = (run: () => void): void => {
    this.press = run;
  };
  onComposition = (run: (isComposing: boolean) => void): void => {
    this.compose = run;
  };
  afterPicture = (run: () => void): void => {
    this.pictures.push(run);
  };
  after = (run: () => void, milliseconds: number): (() => void) => {
    const timer = { at: this.time + milliseconds, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((it) => it !== timer);
    };
  };

  draw(): void {
    for (const run of this.pictures.splice(0)) {
      run();
    }
  }

  pass(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const next = this.timers.filter((it) => it.at <= end).sort((one, two) => one.at - two.at)[0];
      if (next === undefined) {
        break;
      }
      this.timers = this.timers.filter((it) => it !== next);
      this.time = Math.max(this.time, next.at);
      next.run();
    }
    this.time = end;
  }
}

let page: Page;
let runs: number[];
let ask: () => void;
let stop: () => void;

beforeEach(() => {
  page = new Page();
  runs = [];
  const calm = new Calm(page);
  const task = calm.task(() => runs.push(page.time), { every: 100, latest: 250 });
  ask = () => {
    task.ask();
  };
  stop = () => {
    task.stop();
  };
});

test("the first runs at once; what is asked for meanwhile runs together, later", () => {
  ask();
  expect(runs).toEqual([1_000]);
  page.pass(10);
  ask();
  page.pass(10);
  ask();
  expect(runs).toEqual([1_000]);
  page.pass(80);
  expect(runs).toEqual([1_000, 1_100]);
  page.pass(1_000);
  expect(runs).toEqual([1_000, 1_100]);
  ask();
  expect(runs).toEqual([1_000, 1_100, 2_100]);
});

test("nothing runs between a key and its picture, and what waits runs after it", () => {
  page.press();
  ask();
  page.pass(20);
  expect(runs).toEqual([]);
  page.draw();
  expect(runs).toEqual([1_020]);
});

test("while somebody types, work waits for the picture of the next key", () => {
  ask();
  page.pass(60);
  page.press();
  page.draw();
  ask();
  page.pass(100);
  expect(runs).toEqual([1_000]);
  page.press();
  page.pass(5);
  expect(runs).toEqual([1_000]);
  page.draw();
  expect(runs).toEqual([1_000, 1_165]);
});

test("it does not wait for a key for ever", () => {
  page.press();
  page.draw();
  ask();
  page.pass(249);
  expect(runs).toEqual([]);
  page.pass(1);
  expect(runs).toEqual([1_250]);
});

test("somebody who types without a pause still sees others' words, and as often as others do", () => {
  for (let key = 0; key < 40; key += 1) {
    page.press();
    ask();
    page.pass(25);
    page.draw();
    ask();
    page.pass(25);
  }
  expect(runs.length).toBeGreaterThan(15);
  expect(runs.length).toBeLessThan(42);
});

test("a picture that comes late is waited for, and then work follows though no more keys come", () => {
  ask();
  page.press();
  ask();
  page.pass(1_000);
  expect(runs).toEqual([1_000]);
  page.draw();
  expect(runs).toEqual([1_000, 2_000]);
});

test("work that comes too soon after the last run is not forgotten when nobody types on", () => {
  ask();
  page.pass(10);
  page.press();
  ask();
  page.pass(10);
  page.draw();
  expect(runs).toEqual([1_000]);
  page.pass(600);
  expect(runs.length).toBe(2);
});

test("a hidden page, whose timers may sleep, lets nothing wait", () => {
  page.hidden = true;
  ask();
  ask();
  expect(runs.length).toBe(2);
});

test("what was stopped runs no more", () => {
  ask();
  ask();
  stop();
  ask();
  page.pass(1_000);
  expect(runs).toEqual([1_000]);
});

test("nothing runs while a word is composed, and all of it after the word's picture", () => {
  page.compose(true);
  page.draw();
  ask();
  page.pass(3_000);
  page.press();
  page.draw();
  page.pass(9_000);
  ask();
  expect(runs).toEqual([]);
  page.compose(false);
  page.pass(5);
  expect(runs).toEqual([]);
  page.draw();
  expect(runs).toEqual([13_005]);
});

test("who has left a composition standing is waited for no longer", () => {
  page.compose(true);
  page.draw();
  ask();
  page.pass(9_999);
  expect(runs).toEqual([]);
  page.pass(2);
  expect(runs).toEqual([11_000]);
});
