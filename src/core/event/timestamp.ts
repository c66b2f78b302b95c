const MINUTE_MS = 60_000;

/** What is told comes in the order of time: the date of the last minute, which takes 0.7 µs to write, serves the next. */
let last = { minute: Number.NaN, date: '' };

/** Epoch milliseconds in UTC with milliseconds: `2026-02-12T10:30:00.125Z` */
export function toTimestamp(at: number): string {
  const minute = Math.floor(at / MINUTE_MS);
  if (minute !== last.minute) last = { minute, date: toDate(minute) };
  const ms = Math.trunc(at) - minute * MINUTE_MS;
  return `${last.date}${pad(Math.floor(ms / 1_000), 2)}.${pad(ms % 1_000, 3)}Z`;
}

/** Up to the minute: `2026-02-12T10:30:` */
function toDate(minute: number): string {
  return new Date(minute * MINUTE_MS).toISOString().slice(0, -'00.000Z'.length);
}

function pad(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}
