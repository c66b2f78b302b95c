// How large what is shipped is: the one file, and what the image has beyond its base and Node.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { atMost, type Bench, type Row, toRow } from './rows.ts';
import { buildImage } from './start-up/image.ts';

export const size: Bench = async (form) => {
  const bundle = toRow('the one file', { figure: bundleBytes() / 1e3, unit: 'kB' }, atMost(700));
  return form === 'quick' ? [bundle] : [bundle, imageRow()];
};

function bundleBytes(): number {
  const folder = mkdtempSync(join(tmpdir(), 'size-'));
  const path = join(folder, 'main.cjs');
  execFileSync(process.execPath, ['build.js', '', path], { stdio: 'ignore' });
  const { size: bytes } = statSync(path);
  rmSync(folder, { recursive: true });
  return bytes;
}

function imageRow(): Row {
  const bytes = bytesOf(buildImage()) - bytesOf(buildImage({ onlyNode: true }));
  const figure = { figure: bytes / 1e6, unit: 'MB' };
  return toRow('the image beyond its base and Node', figure, atMost(3));
}

function bytesOf(image: string): number {
  const args = ['image', 'inspect', '--format', '{{.Size}}', image];
  return Number(execFileSync('docker', args, { encoding: 'utf8' }));
}
