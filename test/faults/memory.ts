// How the memory of the bridge grows over a run.

import type { BridgeProcess } from './bridge-process.ts';

/** Milliseconds of any clock, and MiB. */
export type Sample = { readonly at: number; readonly mebibytes: number };

const EVERY_MS = 60_000;
const WINDOW_MS = 300_000;
const MS_PER_HOUR = 3_600_000;

/** Looks until it is disposed of, each time when all garbage has been given back: what is left is what stays. */
export class MemoryWatch implements Disposable {
  readonly samples: Sample[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(bridge: Pick<BridgeProcess, 'metrics' | 'collectGarbage'>, everyMs = EVERY_MS) {
    this.#timer = setInterval(() => {
      bridge.collectGarbage();
      bridge.metrics().then(
        (metrics) => this.#note(metrics.get('process_resident_memory_bytes')),
        () => undefined, // it is not there now
      );
    }, everyMs);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #note(bytes: number | undefined): void {
    if (bytes === undefined) return;
    this.samples.push({ at: performance.now(), mebibytes: bytes / 2 ** 20 });
  }
}

/** The lowest of each five minutes: above it is what came since the last collection, and what a fault needs for a while. */
export function lowest(samples: readonly Sample[]): readonly Sample[] {
  const [first] = samples;
  const windows = Map.groupBy(samples, ({ at }) => Math.floor((at - (first?.at ?? 0)) / WINDOW_MS));
  return [...windows.values()].flatMap((window) =>
    window.toSorted((a, b) => a.mebibytes - b.mebibytes).slice(0, 1),
  );
}

/** MiB an hour, by least squares over the second half: the first is for warming up. `undefined` where that is too little. */
export function slope(samples: readonly Sample[]): number | undefined {
  const counted = samples.slice(Math.floor(samples.length / 2));
  if (counted.length < 3) return undefined;
  const mean = (of: (sample: Sample) => number) =>
    counted.reduce((sum, sample) => sum + of(sample), 0) / counted.length;
  const at = mean((sample) => sample.at);
  const mebibytes = mean((sample) => sample.mebibytes);
  const together = mean((sample) => (sample.at - at) * (sample.mebibytes - mebibytes));
  return (together / mean((sample) => (sample.at - at) ** 2)) * MS_PER_HOUR;
}
