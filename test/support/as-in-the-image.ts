// How the image runs the bridge, as its Dockerfile says it: for tests and figures that run it without one.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCKERFILE = readFileSync(join(import.meta.dirname, '../../Dockerfile'), 'utf8');

/** What its environment gives Node. */
export const NODE_OPTIONS: string = /\bNODE_OPTIONS="(.*)"/.exec(DOCKERFILE)?.[1] ?? '';
