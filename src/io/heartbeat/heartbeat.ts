// A file that says every few seconds that the bridge lives and whether it is ready: what a health check reads that has
// neither curl nor the CPU of a Pi to spare for a Node of its own (docker/healthcheck). First line: epoch seconds, a
// space, `ready` or `unready`. The rest is for people.

import { rename, rm, writeFile } from 'node:fs/promises';
import type { Report } from '../../telemetry/notice.ts';

export type HeartbeatOptions = {
  readonly path: string;
  /** What there is to say now: is it ready, and if not, what is missing. */
  readonly state: () => { readonly ready: boolean; readonly missing: readonly string[] };
  readonly report: Report;
  /** Epoch milliseconds. */
  readonly now: () => number;
};

export type Heartbeat = {
  /** Says it now, not only at the next turn. */
  readonly beat: () => void;
  /** Takes the file away: nobody lives here any more. */
  readonly stop: () => Promise<void>;
};

const EVERY_MS = 5_000;

export function startHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { path, report } = options;
  let last = Promise.resolve();
  let failedWith: string | undefined;
  const beat = () => {
    last = last
      .then(() => write(path, toText(options)))
      .then(() => {
        failedWith = undefined;
      })
      .catch((error: NodeJS.ErrnoException) => {
        const reason = error.code ?? error.message;
        if (reason !== failedWith) report({ type: 'heartbeat-failed', path, reason });
        failedWith = reason;
      });
  };
  const timer = setInterval(beat, EVERY_MS);
  beat();
  return {
    beat,
    stop: async () => {
      clearInterval(timer);
      await last;
      await rm(path, { force: true }).catch(() => undefined); // where it could not be written, that was told
    },
  };
}

/** Whole or not at all: who reads it meanwhile sees the one before. */
async function write(path: string, text: string): Promise<void> {
  const unfinished = `${path}.new`;
  await writeFile(unfinished, text);
  await rename(unfinished, path);
}

function toText({ state, now }: HeartbeatOptions): string {
  const { ready, missing } = state();
  const seconds = Math.floor(now() / 1_000);
  return [`${seconds} ${ready ? 'ready' : 'unready'}`, ...missing, ''].join('\n');
}
