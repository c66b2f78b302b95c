// The folder for what outlives the process: is it there, and can it be written.

import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConnectorError } from '../../errors.ts';

/** Some file systems take an empty file although they are full. */
const PROBE = Buffer.alloc(4_096);

/**
 * Makes the folder where it is missing, and tries to write to it.
 * @throws ConnectorError DATA_DIR_UNWRITABLE
 */
export async function prepareDataDir(path: string): Promise<void> {
  const probe = join(path, `.probe-${randomUUID()}`);
  try {
    await mkdir(path, { recursive: true });
    try {
      await writeFile(probe, PROBE, { flag: 'wx' });
    } finally {
      await rm(probe, { force: true });
    }
  } catch (cause) {
    throw new ConnectorError('DATA_DIR_UNWRITABLE', `DATA_DIR ${path} ${toReason(cause)}`, {
      cause,
    });
  }
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
