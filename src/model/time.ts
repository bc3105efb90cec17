const ZERO = 48;

/** Days from 1970 to the first of each month of a year that is no leap year. */
const DAYS_BEFORE: readonly number[] = Object.freeze([0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]);
const DAY_MS = 86_400_000;

/**
 * A time of the API in milliseconds since 1970; undefined where there is none, or no time. The API server writes
 * `2026-01-05T08:00:00Z`, which is read here in a tenth of the time of Date.parse: every Node has one.
 */
export function readTime(time: string | Date | null | undefined): number | undefined {
  if (typeof time !== 'string') return known(time?.getTime());
  return readSeconds(time) ?? readRfc3339(time);
}

/** The time of the API for Unix seconds, such as `2026-01-05T08:00:00Z`; one before 1970 counts as 1970. */
export function writeTime(seconds: number): string {
  return new Date(Math.max(0, seconds) * 1000).toISOString().replace('.000Z', 'Z');
}

const RFC_3339 = /^(\d{4}-\d{2}-\d{2})[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** `Date.parse` takes far more for a time: a number is a year, and 30 February is in March. */
function readRfc3339(text: string): number | undefined {
  const [, day] = RFC_3339.exec(text) ?? [];
  if (day === undefined) return undefined;
  const midnight = known(Date.parse(`${day}T00:00:00Z`));
  if (midnight === undefined || !new Date(midnight).toISOString().startsWith(day)) return undefined;
  return known(Date.parse(text.replace(' ', 'T')));
}

function known(ms: number | undefined): number | undefined {
  return ms === undefined || Number.isNaN(ms) ? undefined : ms;
}

/** @returns undefined for any other form, and for the last days of a month */
function readSeconds(text: string): number | undefined {
  if (text.length !== 20 || text[4] !== '-' || text[7] !== '-' || text[10] !== 'T') return undefined;
  if (text[13] !== ':' || text[16] !== ':' || text[19] !== 'Z') return undefined;
  const year = 100 * twoDigits(text, 0) + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  // Years before are read by other rules of leap years, in no cluster. NaN is in no range.
  if (!(year >= 1970 && year <= 2099 && month >= 1 && month <= 12 && day >= 1 && day <= 28)) return undefined;
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return undefined;
  const leapDays = Math.floor((year - 1969) / 4) + (month > 2 && year % 4 === 0 ? 1 : 0);
  const days = 365 * (year - 1970) + leapDays + DAYS_BEFORE[month - 1]! + day - 1;
  return days * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000;
}

/** NaN for anything else. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? 10 * tens + ones : NaN;
}
