// Every notice becomes at most one log line, and its metrics, by one table. `error`: data is lost or a person must act.
// `warn`: odd, nothing lost. `info`: lifecycle. `debug`: per message, and trouble that was told before.

import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { Notice, Report } from './notice.ts';
import { REPORT_TABLE, type Row } from './report-table.ts';
import { createThrottle } from './throttle.ts';

export type ReportOptions = {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Epoch milliseconds. */
  readonly now?: () => number;
};

export function createReport({ logger, metrics, now = Date.now }: ReportOptions): Report {
  const throttle = createThrottle(now);
  return (notice) => {
    const row = REPORT_TABLE[notice.type] as Row<Notice>; // the compiler cannot relate the two
    row.count?.(metrics, notice);
    const rate = row.throttle?.(notice);
    const total = rate === undefined ? 1 : throttle(`${notice.type} ${rate.key}`, rate);
    if (total === 0) return;
    const line = row.say(notice, total);
    if (line !== undefined) logger[line.level](line.fields, line.message);
  };
}
