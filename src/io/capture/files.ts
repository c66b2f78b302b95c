// Captures on disk: NAME.raw and NAME.times. Both are readable by their owner only: they hold who called whom.

import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import {
  type Capture,
  parseTimes,
  printRead,
  printStart,
  printTimes,
} from '../../core/capture/format.ts';
import { ConnectorError } from '../../errors.ts';

const OWNER_ONLY = 0o600;
/** A capture is held in memory as a whole: days of a busy PBX fit, and no text may be longer than 512 MiB. */
const MAX_CAPTURE_BYTES = 256 * 1024 * 1024;
/** What waits for a slow disk. */
const MAX_UNWRITTEN_BYTES = 64 * 1024 * 1024;

export type CapturePaths = { readonly raw: string; readonly times: string };

/** The two files of a capture, by its name with or without `.raw` or `.times`. */
export function toCapturePaths(name: string): CapturePaths {
  const stem = name.replace(/\.(raw|times)$/, '');
  return { raw: `${stem}.raw`, times: `${stem}.times` };
}

/**
 * A capture without times has come all at once, at 0.
 * @throws ConnectorError CAPTURE_UNREADABLE
 */
export async function readCapture(name: string): Promise<Capture> {
  const paths = toCapturePaths(name);
  const text = await readRaw(paths.raw);
  const times = await readTimes(paths.times);
  if ((times.reads.at(-1)?.offset ?? 0) > text.length) {
    throw new ConnectorError(
      'CAPTURE_UNREADABLE',
      `${paths.times} tells of more than ${paths.raw} holds`,
    );
  }
  return { ...times, text };
}

/** @throws ConnectorError CAPTURE_UNWRITABLE, also where one of the files exists and `force` is false */
export async function writeCapture(
  name: string,
  capture: Capture,
  { force }: { readonly force: boolean },
): Promise<CapturePaths> {
  const paths = toCapturePaths(name);
  const options = { mode: OWNER_ONLY, flag: force ? 'w' : 'wx' };
  try {
    await writeFile(paths.raw, capture.text, { ...options, encoding: 'latin1' });
    await writeFile(paths.times, printTimes(capture), options);
  } catch (cause) {
    throw unwritable(cause, paths.raw);
  }
  return paths;
}

/**
 * Puts another text in the place of a capture. What was there stays beside it as `.bak`, and an older `.bak` is never
 * overwritten. At every moment each name holds either the old or the new file.
 * @returns the names of the files that were kept
 * @throws ConnectorError CAPTURE_UNWRITABLE
 */
export async function replaceCapture(name: string, capture: Capture): Promise<readonly string[]> {
  const paths = toCapturePaths(name);
  const contents = [
    [paths.raw, Buffer.from(capture.text, 'latin1')],
    [paths.times, Buffer.from(printTimes(capture), 'latin1')],
  ] as const;
  const kept: string[] = [];
  for (const [path] of contents) {
    if (await keepBackup(path)) kept.push(`${path}.bak`);
  }
  for (const [path, bytes] of contents) await replaceFile(path, bytes);
  return kept;
}

/** Writes a capture while it comes. */
export class CaptureWriter {
  readonly paths: CapturePaths;
  readonly #raw: WriteStream;
  readonly #times: WriteStream;
  readonly #onError: (error: ConnectorError) => void;
  readonly #startedAt: number;
  #bytes = 0;
  #failed = false;

  private constructor(options: WriterOptions & { readonly paths: CapturePaths }) {
    const { paths, startedAt, onError } = options;
    const flags = options.force ? 'w' : 'wx';
    this.paths = paths;
    this.#startedAt = startedAt;
    this.#onError = onError;
    this.#raw = createWriteStream(paths.raw, { mode: OWNER_ONLY, flags });
    this.#times = createWriteStream(paths.times, { mode: OWNER_ONLY, flags });
  }

  /** @throws ConnectorError CAPTURE_UNWRITABLE, also where one of the files exists and `force` is false */
  static async open(name: string, options: WriterOptions): Promise<CaptureWriter> {
    const writer = new CaptureWriter({ ...options, paths: toCapturePaths(name) });
    const streams = [writer.#raw, writer.#times];
    try {
      await Promise.all(streams.map((stream) => once(stream, 'open')));
    } catch (cause) {
      for (const stream of streams) stream.on('error', () => stream.destroy()).destroy();
      throw unwritable(cause, writer.paths.raw);
    }
    for (const stream of streams) stream.on('error', (cause) => writer.#fail(cause));
    writer.#times.write(printStart(options.startedAt));
    return writer;
  }

  /** Never waits. `at` is when they came, in epoch milliseconds with fractions. */
  write(bytes: Buffer, at: number): void {
    if (this.#failed) return;
    const read = { offset: this.#bytes, ms: Math.max(0, at - this.#startedAt) };
    this.#bytes += bytes.length;
    this.#raw.write(bytes);
    this.#times.write(printRead(read));
    if (this.#raw.writableLength > MAX_UNWRITTEN_BYTES) {
      this.#fail(new Error('the disk is slower than Asterisk'));
    }
  }

  /** Resolves when all that was written is in the files. @throws ConnectorError CAPTURE_UNWRITABLE */
  async close(): Promise<void> {
    try {
      await Promise.all(
        [this.#raw, this.#times].map((stream) => {
          stream.end();
          return finished(stream);
        }),
      );
    } catch (cause) {
      throw unwritable(cause, this.paths.raw);
    }
  }

  #fail(cause: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#onError(unwritable(cause, this.paths.raw));
  }
}

export type WriterOptions = {
  /** Epoch milliseconds, from which the times count. */
  readonly startedAt: number;
  readonly force: boolean;
  /** The disk fails while the capture comes: nothing more is written. */
  readonly onError: (error: ConnectorError) => void;
};

async function readRaw(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_CAPTURE_BYTES) throw new Error(`it is larger than ${MAX_CAPTURE_BYTES} bytes`);
    return await readFile(path, 'latin1');
  } catch (cause) {
    throw new ConnectorError('CAPTURE_UNREADABLE', `Cannot read ${path}: ${reason(cause)}`, {
      cause,
    });
  }
}

async function readTimes(path: string) {
  try {
    return parseTimes(await readFile(path, 'latin1'));
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return { startedAt: 0, reads: [{ offset: 0, ms: 0 }] };
    throw new ConnectorError('CAPTURE_UNREADABLE', `Cannot read ${path}: ${reason(cause)}`, {
      cause,
    });
  }
}

/** False where there is nothing to keep. */
async function keepBackup(path: string): Promise<boolean> {
  try {
    const bytes = await readFile(path);
    await writeFile(`${path}.bak`, bytes, { mode: OWNER_ONLY, flag: 'wx' });
    return true;
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return false;
    throw unwritable(cause, `${path}.bak`);
  }
}

async function replaceFile(path: string, bytes: Buffer): Promise<void> {
  const fresh = `${path}.new`;
  try {
    await rm(fresh, { force: true });
    const file = await open(fresh, 'wx', OWNER_ONLY);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  } catch (cause) {
    throw unwritable(cause, path);
  }
}

function unwritable(cause: unknown, path: string): ConnectorError {
  const why = isCode(cause, 'EEXIST') ? 'it is there already (--force overwrites)' : reason(cause);
  return new ConnectorError('CAPTURE_UNWRITABLE', `Cannot write ${path}: ${why}`, { cause });
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code;
}
