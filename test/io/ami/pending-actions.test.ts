import { expect, it } from 'vitest';
import { toMessage } from '../../../src/core/ami/message.ts';
import { ConnectorError } from '../../../src/errors.ts';
import { PendingActions } from '../../../src/io/ami/pending-actions.ts';

it('a list without measure is cut short, and takes no more memory', async () => {
  const actions = new PendingActions();
  const onDeadline = () => new ConnectorError('AMI_SILENT', 'too late');
  const { actionId, answer } = actions.expect({
    listEnd: 'End',
    deadlineMs: 1_000,
    caughtUp: async () => undefined,
    onDeadline,
  });
  const item = (event: string, rest = '') =>
    toMessage(`Event: ${event}\r\nActionID: ${actionId}\r\n${rest}`);
  const large = item('Item', `X: ${'x'.repeat(1024 * 1024)}\r\n`);
  for (let count = 0; count < 200; count++) expect(actions.accept(large)).toBe(true);
  expect(actions.accept(item('End'))).toBe(true);
  expect((await answer).length).toBeLessThan(128);
});
