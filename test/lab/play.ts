import { type Lab, run, SECRET } from './containers.ts';
import type { Scenario } from './scenarios.ts';
import { parsePhoneLogs, toScript } from './script.ts';
import { type PhoneMessage, type TruthCall, toMessages, toTruth } from './truth.ts';

export interface Played {
  readonly calls: readonly TruthCall[];
  readonly messages: readonly PhoneMessage[];
}

/** Plays a scenario to its end. Throws where a phone did not live what the scenario says. */
export async function play(lab: Lab, scenario: Scenario): Promise<Played> {
  const output = await run(lab.phones, ['sh', '-c', toScript(scenario, SECRET.phone)]);
  const logs = parsePhoneLogs(output);
  const failed = logs.filter(({ exit }) => exit !== 0);
  if (failed.length > 0 || logs.length !== scenario.phones.length + scenario.callers.length) {
    throw new Error(
      `phones failed: ${failed.map(({ who, text }) => `${who}\n${text}`).join('\n')}`,
    );
  }
  const calls = toTruth(logs);
  checkStatus(scenario, calls);
  return { calls, messages: toMessages(logs) };
}

function checkStatus({ callers }: Scenario, calls: readonly TruthCall[]): void {
  const expected = callers.map(({ from, dials, ends }) => `${from} to ${dials}: ${ends}`).sort();
  const seen = calls.map(({ from, dialled, status }) => `${from} to ${dialled}: ${status}`).sort();
  const wrong = seen.filter((line, n) => line !== expected[n]);
  if (wrong.length > 0 || seen.length !== expected.length) {
    throw new Error(`expected ${expected.join(', ')}\nseen ${seen.join(', ')}`);
  }
}
