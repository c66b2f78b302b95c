// The thread that has the outbox's database: work in, what became of it out.

import { parentPort, workerData } from 'node:worker_threads';
import { ConnectorError } from '../../errors.ts';
import { Disk } from './disk.ts';
import type { FromWorker, ToWorker, WorkerData } from './disk-link.ts';
import { FlushAhead } from './flush-ahead.ts';

const { path }: WorkerData = workerData;
let disk: Disk | undefined;
let journal: FlushAhead | undefined;

answer(() => ({ begun: true }));
parentPort?.on('message', (message: ToWorker) => {
  answer(() => act(message));
  journal?.committed();
});

function act(message: ToWorker): FromWorker {
  if ('open' in message) {
    disk = new Disk(path, { how: message.open, goesOn: true });
    journal = new FlushAhead(path);
    return { found: disk.found };
  }
  if ('work' in message && disk !== undefined) return { done: disk.run(message.work) };
  disk?.close();
  return { closed: true };
}

function answer(act: () => FromWorker): void {
  try {
    parentPort?.postMessage(act());
  } catch (error) {
    parentPort?.postMessage({ failed: toFailed(error) } satisfies FromWorker);
  }
}

function toFailed(error: unknown) {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ConnectorError) return { message, code: error.code };
  const sqlite = error instanceof Error && 'errcode' in error ? Number(error.errcode) : undefined;
  return sqlite === undefined ? { message } : { message, sqlite };
}
