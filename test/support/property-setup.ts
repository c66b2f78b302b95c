// Runs before every file of the unit suite, and holds for all properties in it.

import fc from 'fast-check';
import { choice, runs } from './property-runs.ts';

fc.configureGlobal({ numRuns: runs(50), ...choice(process.env) });
