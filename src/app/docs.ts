// `npm run docs`: writes the files that are made from the code, so that they never say anything else than it does.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeConfiguration, describeEnvironment, describeYaml } from '../config/describe.ts';
import { ERRORS } from '../errors.ts';
import {
  METRIC_DECLARATIONS,
  METRIC_PREFIX,
  type MetricDeclaration,
} from '../telemetry/metric-table.ts';

/** The text of every generated file, by its path from the root of the repository. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['.env.example', describeEnvironment()],
    ['asterisk-mqtt.example.yaml', describeYaml()],
    ['docs/configuration.md', describeConfiguration()],
    ['docs/errors.md', describeErrors()],
    ['docs/metrics.md', describeMetrics()],
  ]);
}

function describeErrors(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, { retryable, hint }]) => `| \`${code}\` | ${retryable ? 'yes' : 'no'} | ${hint} |`,
  );
  return [
    ERRORS_INTRODUCTION,
    '| code | retryable | what to do |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

const ERRORS_INTRODUCTION = `# Errors

<!-- Made by \`npm run docs\` from src/errors.ts. -->

Everything that goes wrong has a code. It stands in the log (\`code\`), in \`/health\`, and in the label \`code\` of the metrics
\`asterisk_mqtt_link_failures_total\` and \`asterisk_mqtt_publish_failures_total\`.

*Retryable* tells whether trying again can help without anybody doing something. The bridge goes on trying for ever in either
case, but where it cannot help only once a minute. \`CONFIG_INVALID\` ends it at once with exit code 78, \`USAGE\` with 2.
`;

function describeMetrics(): string {
  const rows = METRIC_DECLARATIONS.map(
    ([name, declaration]) =>
      `| \`${METRIC_PREFIX}${name}\` | ${declaration.type} | ${declaration.help}${toLabels(declaration)}${toBuckets(declaration)} |`,
  );
  const table = ['| metric | type | |', '|---|---|---|', ...rows];
  return [METRICS_INTRODUCTION, ...table, METRICS_OF_THE_PROCESS].join('\n');
}

const METRICS_INTRODUCTION = `# Metrics

<!-- Made by \`npm run docs\` from src/telemetry/metric-table.ts. -->

\`GET /metrics\` on \`HTTP_PORT\` gives them in the text format of Prometheus. Labels take their values from closed sets: no
number, name, channel or call id is ever among them, and what a set lacks counts as \`other\`.

A series that an alert may look at is there from the start, with 0. A histogram has one series for each of its buckets
(\`_bucket\`, with the label \`le\`), the sum of all values (\`_sum\`) and their number (\`_count\`).

How to collect them, be called when something is wrong, and see them in Grafana: [monitoring.md](monitoring.md).
`;

const METRICS_OF_THE_PROCESS = `
## The process

Besides these there are the usual figures of the process (\`process_\`) and of Node.js (\`nodejs_\`), under the same prefix.
What they count, they count from the first scrape. The ones that tell most:

| metric | type | |
|---|---|---|
| \`asterisk_mqtt_process_cpu_seconds_total\` | counter | CPU time, also apart as \`_user_\` and \`_system_\`. |
| \`asterisk_mqtt_process_resident_memory_bytes\` | gauge | Memory that the process occupies. |
| \`asterisk_mqtt_process_open_fds\` | gauge | Open files and connections. |
| \`asterisk_mqtt_process_start_time_seconds\` | gauge | When it was started, as seconds since 1970. |
| \`asterisk_mqtt_nodejs_heap_size_used_bytes\` | gauge | The part of the JavaScript heap that is in use. |
| \`asterisk_mqtt_nodejs_eventloop_lag_p99_seconds\` | gauge | How late timers ran since the last scrape, 99 % of them; 0.01 is idle. |
| \`asterisk_mqtt_nodejs_gc_duration_seconds\` | histogram | Garbage collections, by \`kind\`. |
`;

function toBuckets({ buckets }: MetricDeclaration): string {
  return buckets === undefined ? '' : `<br>\`le\`: ${buckets.join(' ')}`;
}

function toLabels({ labels = {} }: MetricDeclaration): string {
  return Object.entries(labels)
    .map(([label, values]) => `<br>\`${label}\`: ${toValues(values)}`)
    .join('');
}

function toValues(values: readonly string[] | 'free'): string {
  if (values === 'free') return 'one value';
  if (values.length > LISTED) return `${values.length} values, such as \`${values[0]}\``;
  return values.map((value) => `\`${value}\``).join(' ');
}

/** Longer sets would bury the rest of the page. */
const LISTED = 30;

if (import.meta.main) {
  const root = join(import.meta.dirname, '..', '..');
  for (const [path, text] of generatedFiles()) writeFileSync(join(root, path), text);
}
