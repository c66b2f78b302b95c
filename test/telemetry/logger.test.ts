import { describe, expect, it } from 'vitest';
import { createLogger, type LoggerOptions } from '../../src/telemetry/logger.ts';

function log(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  const defaults = { level: 'info', format: 'json', secrets: [], destination } as const;
  return { lines, logger: createLogger({ ...defaults, ...options }) };
}

describe('the log', () => {
  it('is one JSON object per line, with an ISO time, a level by name and the fields', () => {
    const { lines, logger } = log();
    logger.warn({ code: 'AMI_SILENT', retry_in_seconds: 1.5 }, 'Two\nlines');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      code: 'AMI_SILENT',
      retry_in_seconds: 1.5,
      message: 'Two\nlines',
    });
  });

  it('leaves out what is below its level', () => {
    const { lines, logger } = log({ level: 'warn' });
    logger.info({}, 'quiet');
    logger.debug({}, 'quiet');
    logger.error({}, 'loud');
    expect(lines).toHaveLength(1);
  });

  it('masks secrets wherever they appear', () => {
    const { lines, logger } = log({ secrets: ['hunter-two', 'hunter-two-and-more', 'ab'] });
    logger.error(
      { cause: 'refused hunter-two', secret: 'other', password: 'other', code: 'ab' },
      'tried hunter-two-and-more, then hunter-two',
    );
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      cause: 'refused ***',
      secret: '***',
      password: '***',
      code: 'ab',
      message: 'tried ***, then ***',
    });
  });

  it.each([
    ['in a URL', 'hush%20%22gr%C3%BCn%22%2F'],
    ['in quotes', 'hush \\"grün\\"/'],
    ['as bytes', 'hush "gr\u00c3\u00bcn"/'],
    ['in base64', 'aHVzaCAiZ3LDvG4iLw=='],
  ])('masks a secret that comes back %s', (_, spelling) => {
    const { lines, logger } = log({ secrets: ['hush "grün"/'] });
    logger.warn({ cause: spelling }, `it says ${spelling}.`);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ message: 'it says ***.', cause: '***' });
  });

  it('keeps its own form where a secret is one of its own words', () => {
    const { lines, logger } = log({ secrets: ['level', 'info', 'message'] });
    logger.info({ message_count: 1 }, 'the level is info');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      message: 'the *** is ***',
    });
  });

  it('can be made for people, and is out at once', () => {
    const { lines, logger } = log({ format: 'pretty' });
    logger.warn({ code: 'AMI_SILENT' }, 'No answer');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/WARN.*No answer.*AMI_SILENT/);
    expect(lines[0]).not.toMatch(/^\{/);
  });
});
