// Builds the image once, before any integration test. RUNTIME=debian where there is no Alpine to be had.

import { execFileSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { IMAGE } from './image.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export function setup(): void {
  const { RUNTIME = 'alpine' } = process.env;
  const args = ['build', '--quiet', '-t', IMAGE, '--build-arg', `RUNTIME=${RUNTIME}`, '.'];
  execFileSync('docker', args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
}
