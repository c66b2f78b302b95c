// The folder for what outlives the process: is it there, and can it be written.

import { randomUUID } from 'node:crypto';
import { mkdir, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ConnectorError } from '../../errors.ts';

/** Some file systems take an empty file although they are full. */
const PROBE = Buffer.alloc(4_096);

/**
 * Makes the folder where it is missing, and tries to write to it.
 * @throws ConnectorError DATA_DIR_UNWRITABLE
 */
export async function prepareDataDir(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    await tryToWrite(path);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

/** The file of the outbox in that folder. */
export function toOutboxPath(dataDir: string): string {
  return join(dataDir, 'outbox.sqlite');
}

export type DataDir = {
  /** If not, it can be made. */
  readonly exists: boolean;
  readonly freeBytes: number;
};

/**
 * What `prepareDataDir` would find; makes nothing.
 * @throws ConnectorError DATA_DIR_UNWRITABLE
 */
export async function inspectDataDir(path: string): Promise<DataDir> {
  try {
    const folder = await nearest(resolve(path));
    await tryToWrite(folder);
    const { bavail, bsize } = await statfs(folder);
    return { exists: folder === resolve(path), freeBytes: bavail * bsize };
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

/** That path, or the nearest one above it that is there. */
async function nearest(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return await nearest(dirname(path));
  }
}

async function tryToWrite(folder: string): Promise<void> {
  const probe = join(folder, `.probe-${randomUUID()}`);
  try {
    await writeFile(probe, PROBE, { flag: 'wx' });
  } finally {
    await rm(probe, { force: true });
  }
}

function unwritable(path: string, cause: unknown): ConnectorError {
  const text = `DATA_DIR ${path} ${toReason(cause)}`;
  return new ConnectorError('DATA_DIR_UNWRITABLE', text, { cause });
}

function toReason(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
  return REASONS[code] ?? `cannot be written (${code})`;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'is not writable for this user (EACCES)',
  EPERM: 'is not writable for this user (EPERM)',
  EROFS: 'is on a read-only file system (EROFS)',
  ENOSPC: 'is on a full disk (ENOSPC)',
  EDQUOT: 'is over its quota (EDQUOT)',
  ENOTDIR: 'is not a folder (ENOTDIR)',
  EEXIST: 'is not a folder (EEXIST)',
};
