// npm run audit: asks the registry of npm whether it knows a vulnerability of a package that ships. Fails on one that is
// high or critical, and says what to do. A registry that does not answer this question is told, and is no failure.

import { execFile } from 'node:child_process';
import process from 'node:process';

export type Judgement = { readonly fails: boolean; readonly lines: readonly string[] };

const FAILS_ON = new Set(['high', 'critical']);

/** `output`: what `npm audit --json` prints. */
export function judgeAudit(output: string): Judgement {
  const report = parse(output);
  const { vulnerabilities } = report;
  if (typeof vulnerabilities !== 'object' || vulnerabilities === null) {
    const why = String(report.message ?? 'no answer').replace(/https?:\/\/\S+/g, 'the registry');
    return { fails: false, lines: [`audit: not done, the registry does not say (${why})`] };
  }
  const found = Object.entries(vulnerabilities as Readonly<Record<string, Vulnerability>>);
  const lines = found.map(([name, one]) => `audit: ${name}: ${one.severity}${remedy(one)}`);
  const fails = found.some(([, { severity }]) => FAILS_ON.has(severity));
  return { fails, lines: [...lines, summary(found.length, fails)] };
}

type Vulnerability = { readonly severity: string; readonly fixAvailable?: unknown };

function parse(output: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(output);
  } catch {
    return {};
  }
}

function remedy({ fixAvailable }: Vulnerability): string {
  return fixAvailable === false || fixAvailable === undefined
    ? '; no release mends it yet: read its advisory, and say in SECURITY.md whether it can be reached'
    : '; run "npm audit fix --omit=dev", then the tests';
}

function summary(count: number, fails: boolean): string {
  if (count === 0) return 'audit: no known vulnerability in what ships';
  return fails ? 'audit: FAILED (high or critical)' : 'audit: nothing that is high or critical';
}

if (import.meta.main) {
  const args = ['audit', '--omit=dev', '--json', '--fetch-retries=1', '--fetch-timeout=30000'];
  execFile('npm', args, { maxBuffer: 64 * 1024 * 1024 }, (_, stdout) => {
    const { fails, lines } = judgeAudit(stdout);
    process.stdout.write(`${lines.join('\n')}\n`);
    process.exitCode = fails ? 1 : 0;
  });
}
