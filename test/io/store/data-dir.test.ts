import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { inspectDataDir, prepareDataDir } from '../../../src/io/store/data-dir.ts';

const folder = mkdtempSync(join(tmpdir(), 'data-dir-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the folder for what outlives the process', () => {
  it('is made where it is missing, and left empty', async () => {
    const path = join(folder, 'a', 'b');
    await prepareDataDir(path);
    expect(readdirSync(path)).toEqual([]);
  });

  it.each([
    ['a file', () => join(folder, 'file'), /file is not a folder \(EEXIST\)$/],
    ['below a file', () => join(folder, 'file', 'x'), /is not a folder \(ENOTDIR\)$/],
    ['a folder that takes no files', () => '/proc/self', /DATA_DIR \/proc\/self .*\(E[A-Z]+\)$/],
  ])('that is %s is an error with a remedy', async (_, path, message) => {
    writeFileSync(join(folder, 'file'), '');
    await expect(prepareDataDir(path())).rejects.toMatchObject({
      code: 'DATA_DIR_UNWRITABLE',
      message: expect.stringMatching(message),
      hint: expect.stringContaining('user'),
    });
  });
});

describe('a look at that folder', () => {
  it('tells how much is free, and leaves it as it was', async () => {
    const path = join(folder, 'looked-at');
    await prepareDataDir(path);
    expect(await inspectDataDir(path)).toEqual({ exists: true, freeBytes: expect.any(Number) });
    expect(readdirSync(path)).toEqual([]);
  });

  it('knows that it can be made, and does not make it', async () => {
    const path = join(folder, 'missing', 'too');
    expect(await inspectDataDir(path)).toMatchObject({ exists: false });
    expect(readdirSync(folder)).not.toContain('missing');
  });

  it.each([
    ['a file', () => join(folder, 'file')],
    ['below a file', () => join(folder, 'file', 'x')],
    ['below a folder that takes no files', () => '/proc/self/x'],
  ])('finds out that it is %s', async (_, path) => {
    writeFileSync(join(folder, 'file'), '');
    await expect(inspectDataDir(path())).rejects.toMatchObject({
      code: 'DATA_DIR_UNWRITABLE',
      message: expect.stringContaining(`DATA_DIR ${path()} `),
    });
  });
});
