// Times and numbers as people read them. Times are in the reader's own zone; deadlines add UTC.

import { language, t } from "./words.svelte";

function tongue(): string {
  return language().formats;
}

/** Making one of these takes longer than all that is done with it, and the status line asks for it all the time. */
const made = new Map<string, Intl.DateTimeFormat>();

function dates(tag: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${tag} ${JSON.stringify(options)}`;
  const known = made.get(key) ?? new Intl.DateTimeFormat(tag, options);
  made.set(key, known);
  return known;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** A clock time such as 14:02; with the day in front when it is not today. Milliseconds since 1970. */
export function clock(ms: number, now: number = Date.now()): string {
  const tag = tongue();
  const time = dates(tag, { hour: "2-digit", minute: "2-digit" }).format(ms);
  return sameDay(ms, now) ? time : t("time.day", { day: day(ms), time });
}

/** A day such as 22 November 2026. */
export function day(ms: number): string {
  return dates(tongue(), { day: "numeric", month: "long", year: "numeric" }).format(ms);
}

/** A day and a time such as 22 November 2026, 14:02, as a name for a moment. */
export function moment(ms: number): string {
  return dates(tongue(), { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit" }).format(
    ms,
  );
}

/** A day and a time in the reader's zone, with UTC beside it: for deadlines. */
export function deadline(ms: number): string {
  const tag = tongue();
  const here = dates(tag, { dateStyle: "long", timeStyle: "short" }).format(ms);
  const utc = dates(tag, { hour: "2-digit", minute: "2-digit", timeZone: "UTC" }).format(ms);
  return `${here} (${utc} UTC)`;
}

/** "3 minutes ago" and the like; days beyond a week are written out. */
export function ago(ms: number, now: number = Date.now()): string {
  const passed = now - ms;
  const format = new Intl.RelativeTimeFormat(tongue(), { numeric: "auto" });
  if (passed < 60 * MINUTE) return format.format(-Math.max(0, Math.round(passed / MINUTE)), "minute");
  if (passed < DAY) return format.format(-Math.round(passed / (60 * MINUTE)), "hour");
  if (passed < 7 * DAY) return format.format(-Math.round(passed / DAY), "day");
  return day(ms);
}

/** A number as the language writes it. */
export function number(value: number): string {
  return new Intl.NumberFormat(tongue()).format(value);
}

function sameDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}
