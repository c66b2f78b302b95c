// A folder on a file system of its own, of which the disk can be made full, read-only and frozen. Needs root and a loop
// device of this machine. While it is frozen, a process that writes there cannot even be killed: thaw it first.

import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MEBIBYTE = Buffer.alloc(2 ** 20);
const BLOCK = Buffer.alloc(4_096);

export class BreakableDisk implements AsyncDisposable {
  /** For a DATA_DIR. */
  readonly path: string;
  readonly #folder: string;

  static async mount(mebibytes = 64): Promise<BreakableDisk> {
    const disk = new BreakableDisk(await mkdtemp(join(tmpdir(), 'breakable-disk-')));
    try {
      await disk.#mount(mebibytes);
    } catch (error) {
      await disk[Symbol.asyncDispose]();
      throw error;
    }
    return disk;
  }

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, 'mounted');
  }

  /** What is to grow there finds no room; a file that has room in itself is written on. */
  async fill(): Promise<void> {
    for (const bytes of [MEBIBYTE, BLOCK]) await fillWith(this.#filler, bytes);
  }

  async empty(): Promise<void> {
    await rm(this.#filler, { force: true });
  }

  /** Refuses every write (EPERM), also to files that are open, until `unprotect`. */
  async protect(): Promise<void> {
    await run('chattr', ['-R', '+i', this.path]);
  }

  async unprotect(): Promise<void> {
    await run('chattr', ['-R', '-i', this.path]);
  }

  /** Read-only (EROFS) as Linux makes it after an error of the disk: for good, for who has it open. */
  async abort(): Promise<void> {
    await run('mount', ['-o', 'remount,abort', this.path]);
  }

  /** Who writes waits until `thaw`. */
  async freeze(): Promise<void> {
    await run('fsfreeze', ['--freeze', this.path]);
  }

  async thaw(): Promise<void> {
    await run('fsfreeze', ['--unfreeze', this.path]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.thaw().catch(() => undefined); // it was not frozen
    await this.unprotect().catch(() => undefined); // it was aborted, or never mounted
    await run('umount', ['--lazy', this.path]).catch(() => undefined); // frees the loop device as well
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #filler(): string {
    return join(this.path, 'filler');
  }

  async #mount(mebibytes: number): Promise<void> {
    const image = join(this.#folder, 'image');
    await run('truncate', ['--size', `${mebibytes}M`, image]);
    await run('mkfs.ext4', ['-q', '-m', '0', image]); // nothing is kept back for root
    await run('mkdir', [this.path]);
    await run('mount', ['-o', 'loop', image, this.path]);
    await rm(join(this.path, 'lost+found'), { recursive: true });
  }
}

async function fillWith(path: string, bytes: Buffer): Promise<void> {
  try {
    for (;;) await appendFile(path, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
