import { expect, it } from 'vitest';
import { judgeAudit } from '../../scripts/audit.ts';

const report = (severity: string, fixAvailable: unknown) =>
  JSON.stringify({ vulnerabilities: { mqtt: { name: 'mqtt', severity, fixAvailable } } });

it.each(['high', 'critical'])('the audit fails on what is %s, and says what to do', (severity) => {
  const { fails, lines } = judgeAudit(report(severity, true));
  expect(fails).toBe(true);
  expect(lines.join('\n')).toMatch(/mqtt: .*npm audit fix/);
  expect(judgeAudit(report(severity, false)).lines[0]).toContain('read its advisory');
});

it.each(['low', 'moderate'])('the audit tells what is %s and goes on', (severity) => {
  expect(judgeAudit(report(severity, true))).toMatchObject({ fails: false });
  expect(judgeAudit(report(severity, true)).lines[0]).toContain(`mqtt: ${severity}`);
});

it('the audit says so where there is nothing', () => {
  expect(judgeAudit('{"vulnerabilities":{}}')).toEqual({
    fails: false,
    lines: ['audit: no known vulnerability in what ships'],
  });
});

it.each([
  '',
  'no JSON',
  '{"message":"405 Method Not Allowed - POST https://registry.example/x","statusCode":405}',
])('the audit goes on where the registry has no answer, and says so: %j', (output) => {
  const { fails, lines } = judgeAudit(output);
  expect(fails).toBe(false);
  expect(lines.join()).toMatch(/^audit: not done/);
  expect(lines.join()).not.toContain('https:');
});
