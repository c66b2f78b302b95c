import type { LiveScenario } from '../stage.ts';
import { CALL_ENDS } from './ends.ts';

/** Every scenario that is played in code, by its name. */
export const LIVE: Readonly<Record<string, LiveScenario>> = { ...CALL_ENDS };
