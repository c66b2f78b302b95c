// One clock for all processes of the machine: CLOCK_MONOTONIC.

/** Milliseconds, with a fraction. */
export function now(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** When each told event was known, or came: by `toKey`. */
export type Moments = Map<string, number>;

export function toKey(callId: string, sequence: number | string): string {
  return `${callId}#${sequence}`;
}
