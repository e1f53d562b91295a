import { kind } from "./json.js";

/** A point in time: a `Date`, whole milliseconds since 1970-01-01T00:00:00Z, or a text in RFC 3339. */
export type Time = Date | number | string;

/** A length of time: whole milliseconds, or a text as `"90s"`, `"30m"`, `"2h"`, `"1d"` or `"250ms"`. */
export type Duration = number | string;

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The last millisecond that a journal can name: 9999-12-31T23:59:59.999Z. */
const TIME_MS_MAX = 253_402_300_799_999;

/** The time as the wire has it. A text is read by the library itself. @internal */
export function wireTime(time: Time, name: string): string {
  if (typeof time === "string") return time;
  if (typeof time !== "number" && !(time instanceof Date)) {
    throw new TypeError(`${name} is a Date, milliseconds since 1970 or a text in RFC 3339, and not ${kind(time)}`);
  }
  const ms = Number(time);
  if (Number.isNaN(ms)) throw new RangeError(`${name} is ${time instanceof Date ? "an invalid Date" : "NaN"}`);
  if (!Number.isSafeInteger(ms) || ms < 0 || ms > TIME_MS_MAX) {
    throw new RangeError(`${name} is in whole milliseconds between the years 1970 and 9999, and not ${ms}`);
  }
  return new Date(ms).toISOString();
}

/** The length of time in milliseconds. @internal */
export function wireDuration(duration: Duration, name: string): number {
  if (typeof duration !== "number" && typeof duration !== "string") {
    throw new TypeError(`${name} is in milliseconds or a text as "30m", and not ${kind(duration)}`);
  }
  const ms = typeof duration === "number" ? duration : parsed(duration);
  if (!Number.isSafeInteger(ms) || ms < 0) {
    const given = typeof duration === "string" ? JSON.stringify(duration) : duration;
    throw new RangeError(`${name} is in whole milliseconds from 0, or a text as "90s", "30m" or "2h", and not ${given}`);
  }
  return ms;
}

function parsed(text: string): number {
  const [, count, unit] = /^(\d{1,15})(ms|s|m|h|d)$/.exec(text) ?? [];
  return count === undefined || unit === undefined ? Number.NaN : Number(count) * (UNITS_MS[unit] ?? Number.NaN);
}
