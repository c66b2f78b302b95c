// The image as it is shipped. RUNTIME=debian where there is no Alpine to be had.

import { execFileSync } from 'node:child_process';
import process from 'node:process';

export type ImageOptions = {
  /** For linux/arm/v7, on Debian; ARM_BASE is the base image. */
  readonly arm?: boolean;
  /** Nothing of ours. */
  readonly onlyNode?: boolean;
};

const { RUNTIME = 'alpine', ARM_BASE = 'arm32v7/debian:forky-slim' } = process.env;

/** Its id. */
export function buildImage({ arm = false, onlyNode = false }: ImageOptions = {}): string {
  const runtime = arm ? 'debian' : RUNTIME;
  const args = ['build', '--quiet', '--build-arg', `RUNTIME=${runtime}`];
  if (arm) args.push('--platform', 'linux/arm/v7', '--build-arg', `DEBIAN_BASE=${ARM_BASE}`);
  if (onlyNode) args.push('--target', runtime);
  return execFileSync('docker', [...args, '.'], { encoding: 'utf8' }).trim();
}

/** Whether there is what an image for linux/arm/v7 needs. */
export function hasArm(): boolean {
  try {
    execFileSync('docker', ['image', 'inspect', ARM_BASE], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
