// A process with an outbox on disk, to be killed at any moment: it appends without end, delivers and acknowledges, and
// writes what it did, a line each. It begins when it is told to, by anything that comes in.
//   node test/support/outbox-child.ts FILE FIRST_NUMBER

import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import process from 'node:process';
import { setImmediate as turn } from 'node:timers/promises';
import { event, openOutboxInThread } from './outbox-on-disk.ts';

/** Nobody wakes who waits for it. */
const CLOCK = new Int32Array(new SharedArrayBuffer(4));

const [, , path = '', from = '0'] = process.argv;
flushCompileCache(); // it is killed: it does not come to do that at its end
await once(process.stdin, 'data');
const { outbox } = await openOutboxInThread(path);
say('opened', outbox.takeOpenCalls()[0]?.state ?? '0', outbox.totals.restored);

void deliver();
for (let number = Number(from); ; number += 3) {
  const numbers = [number, number + 1, number + 2];
  outbox.append(
    numbers.map((n) => event('call', n)),
    { saved: new Map([['call', String(number + 2)]]), removed: [] },
  );
  if (number % 2 === 0) await outbox.flush();
  else await turn();
  if (number % 2 === 0) say('committed', number + 2);
}

async function deliver(): Promise<never> {
  const signal = new AbortController().signal;
  for (;;) {
    await outbox.ready(signal);
    const entry = outbox.take();
    if (entry === undefined) continue;
    say('sent', entry.publication.at);
    setTimeout(() => {
      say('acknowledged', entry.publication.at);
      outbox.settle(entry);
    }, Math.random() * 20);
    await turn();
  }
}

/** Waits for a reader that is busy: what Node would hold for it is lost with the process. */
function say(...words: readonly unknown[]): void {
  const line = `${Math.round(performance.timeOrigin + performance.now())} ${words.join(' ')}\n`;
  while (!isWritten(line)) Atomics.wait(CLOCK, 0, 0, 1);
}

function isWritten(line: string): boolean {
  try {
    writeSync(1, line);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
    throw error;
  }
}
