// An outbox on disk for tests: what it said of its disk, and publications for it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Publication } from '../../src/core/event/publication.ts';
import type { HowToOpen } from '../../src/io/store/database.ts';
import { Disk } from '../../src/io/store/disk.ts';
import { beginDisk, inThisThread, openDisk as openInThread } from '../../src/io/store/disk-link.ts';
import { DurableOutbox, type DurableOutboxOptions } from '../../src/io/store/durable-outbox.ts';
import type { OutboxEntry } from '../../src/ports.ts';

/** A folder that is gone when the scope ends. */
export function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'outbox-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export async function openOutbox(
  openDisk: string | DurableOutboxOptions['openDisk'],
  options: Partial<DurableOutboxOptions> = {},
) {
  const said: string[] = [];
  const outbox = new DurableOutbox({
    maxEvents: 1_000_000,
    maxBytes: 1e9,
    maxAgeMs: 1e9,
    maxMemoryBytes: 1e9,
    retryMs: 50,
    onShed: ({ reason, events }) => said.push(`shed ${events} ${reason}`),
    onFailed: ({ code, message }) => said.push(`${code}: ${message}`),
    onRecovered: () => said.push('recovered'),
    onSetAside: ({ path }) => said.push(`set aside ${path}`),
    openDisk:
      typeof openDisk === 'string'
        ? async (how: HowToOpen) => inThisThread(new Disk(openDisk, { how }))
        : openDisk,
    ...options,
  });
  await outbox.open();
  return { outbox, said };
}

/** As the bridge does where Asterisk is on another machine: the disk has a thread. */
export async function openOutboxInThread(path: string) {
  const onRefused = (error: unknown) => {
    throw error;
  };
  return await openOutbox((how) => openInThread(path, how), {
    beginDisk: () => beginDisk({ path, when: Promise.resolve(), onRefused }),
  });
}

export function event(callId: string, at: number): Publication {
  const id = `asterisk/${callId}/${at}`;
  const schema = 'asterisk-mqtt/call/1';
  return {
    topic: `${callId}/${at}`,
    payload: '{"a":"ä\\u0000"}',
    retain: false,
    at,
    callId,
    id,
    schema,
  };
}

export function last(callId: string, at: number): Publication {
  return { ...event(callId, at), ends: true };
}

/** Takes all there is, also what must be read first. */
export async function takeAll(outbox: DurableOutbox): Promise<OutboxEntry[]> {
  const taken: OutboxEntry[] = [];
  for (let misses = 0; misses < 2; ) {
    const entry = outbox.take();
    if (entry === undefined) await outbox.flush();
    misses = entry === undefined ? misses + 1 : 0;
    if (entry !== undefined) taken.push(entry);
  }
  return taken;
}

export function topicsOf(entries: readonly OutboxEntry[]): string[] {
  return entries.map(({ publication }) => publication.topic);
}
