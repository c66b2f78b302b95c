import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CaptureWriter,
  readCapture,
  replaceCapture,
  toCapturePaths,
  writeCapture,
} from '../../../src/io/capture/files.ts';
import { BANNER, capture, event } from '../../core/capture/hand-made.ts';

const EVERY_BYTE = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('');
const CAPTURE = capture(BANNER, event('A'), EVERY_BYTE);

let folder: string;
let name: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capture-'));
  name = join(folder, 'monday');
});

afterEach(() => rm(folder, { recursive: true }));

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('a capture on disk', () => {
  it('is two files with one stem, however it is named', () => {
    const paths = { raw: 'a/b.c.raw', times: 'a/b.c.times' };
    expect(['a/b.c', 'a/b.c.raw', 'a/b.c.times'].map(toCapturePaths)).toEqual([
      paths,
      paths,
      paths,
    ]);
  });

  it('reads back byte for byte, and is for its owner only', async () => {
    const { raw, times } = await writeCapture(name, CAPTURE, { force: false });
    expect(await readCapture(name)).toEqual(CAPTURE);
    expect(await Promise.all([raw, times].map(modeOf))).toEqual([0o600, 0o600]);
  });

  it('is not overwritten unless that is asked for', async () => {
    await writeCapture(name, CAPTURE, { force: false });
    await expect(writeCapture(name, CAPTURE, { force: false })).rejects.toMatchObject({
      code: 'CAPTURE_UNWRITABLE',
      message: expect.stringContaining('--force'),
    });
    await writeCapture(name, capture(BANNER), { force: true });
    expect((await readCapture(name)).text).toBe(BANNER);
  });

  it('without times has come at once', async () => {
    await writeFile(`${name}.raw`, BANNER);
    expect(await readCapture(name)).toMatchObject({ reads: [{ offset: 0, ms: 0 }] });
  });

  it('that is not there, or whose times are damaged, is an error that names the file', async () => {
    await expect(readCapture(name)).rejects.toMatchObject({ code: 'CAPTURE_UNREADABLE' });
    await writeFile(`${name}.raw`, BANNER);
    await writeFile(`${name}.times`, 'hello');
    await expect(readCapture(name)).rejects.toThrow('monday.times');
    await writeFile(`${name}.times`, 'asterisk-mqtt-times 1 0\n0 0.000\n99 1.000\n');
    await expect(readCapture(name)).rejects.toThrow('more than');
  });
});

describe('replacing a capture', () => {
  it('keeps what was there, for its owner only', async () => {
    await writeCapture(name, CAPTURE, { force: false });
    const kept = await replaceCapture(name, capture(BANNER));
    expect(kept).toEqual([`${name}.raw.bak`, `${name}.times.bak`]);
    expect(await readFile(`${name}.raw.bak`, 'latin1')).toBe(CAPTURE.text);
    expect(await Promise.all(kept.map(modeOf))).toEqual([0o600, 0o600]);
    expect((await readCapture(name)).text).toBe(BANNER);
  });

  it('never overwrites an older .bak, which may hold the only original', async () => {
    await writeCapture(name, CAPTURE, { force: false });
    await writeFile(`${name}.raw.bak`, 'original');
    await expect(replaceCapture(name, capture(BANNER))).rejects.toThrow('monday.raw.bak');
    expect((await readCapture(name)).text).toBe(CAPTURE.text);
  });
});

describe('writing a capture while it comes', () => {
  const options = { startedAt: 1_770_000_000_000, force: false, onError: () => undefined };

  it('gives the bytes verbatim and a time for every read', async () => {
    const writer = await CaptureWriter.open(name, options);
    writer.write(Buffer.from(BANNER), options.startedAt + 1.5);
    writer.write(Buffer.from(EVERY_BYTE, 'latin1'), options.startedAt + 2.25);
    await writer.close();
    expect(await readCapture(name)).toEqual({
      startedAt: options.startedAt,
      text: BANNER + EVERY_BYTE,
      reads: [
        { offset: 0, ms: 1.5 },
        { offset: BANNER.length, ms: 2.25 },
      ],
    });
    expect(await modeOf(`${name}.raw`)).toBe(0o600);
  });

  it('does not begin over a capture that is there', async () => {
    await writeFile(`${name}.times`, 'mine');
    await expect(CaptureWriter.open(name, options)).rejects.toThrow('is there already');
    expect(await readFile(`${name}.times`, 'latin1')).toBe('mine');
  });

  it('does not begin where there is no folder', async () => {
    const nowhere = join(folder, 'no', 'where');
    await expect(CaptureWriter.open(nowhere, options)).rejects.toMatchObject({
      code: 'CAPTURE_UNWRITABLE',
    });
  });
});
