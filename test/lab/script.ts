import type { Caller, Phone, Scenario } from './scenarios.ts';

/** Makes one log per phone in the output of the script; `parsePhoneLogs` reads it. */
const MARK = '=== phone';
const OUTSIDE_PORT = 5090;
const CALLER_PORT = 5201;
const TIMEOUT_S = 45;

/** What one sipp wrote: every message it sent and received, and how it ended (0: as its scenario says). */
export interface PhoneLog {
  readonly who: string;
  readonly role: 'caller' | 'callee';
  readonly exit: number;
  readonly text: string;
}

/** The shell script, for the phones' container, that plays a scenario: phones listen first, then callers call. */
export function toScript(scenario: Scenario, secret: string): string {
  const callees = scenario.phones.map((phone, n) => calleeCommand(phone, n));
  const callers = scenario.callers.map((caller, n) =>
    callerCommand(caller, callees.length + n, secret),
  );
  const ports = scenario.phones.map((phone) => hex(portOf(phone.at)));
  return [
    'set -u; dir=$(mktemp -d); cd "$dir"',
    ...callees,
    // Until every phone listens.
    `for port in ${ports.join(' ')}; do until grep -qi ":$port " /proc/net/udp; do sleep 0.02; done; done`,
    ...callers,
    'wait',
    `for exit in *.exit; do name=\${exit%.exit}; echo "${MARK} $name $(cat "$exit")"; cat "$name.log" "$name.err" 2>/dev/null || true; done`,
    'cd /; rm -rf "$dir"',
  ].join('\n');
}

export function parsePhoneLogs(output: string): PhoneLog[] {
  return output
    .split(`${MARK} `)
    .slice(1)
    .map((part) => {
      const [first = '', ...rest] = part.split('\n');
      const [, role, who = '', exit] = /^\d+-(caller|callee)-(\S+) (\d+)/.exec(first) ?? [];
      return {
        who,
        role: role === 'caller' ? 'caller' : 'callee',
        exit: Number(exit),
        text: rest.join('\n'),
      };
    });
}

function calleeCommand(phone: Phone, n: number): string {
  const { alert = 180, ring = 800, code = 200, talk = 0, forward = '0', calls = 1 } = phone;
  return background(`${two(n)}-callee-${phone.at}`, n, [
    `-sf /phones/phone.xml -p ${portOf(phone.at)} -m ${calls} -key forward ${forward}`,
    `-set alert ${alert} -set ring ${ring} -set code ${code} -set talk ${talk}`,
  ]);
}

function callerCommand(caller: Caller, n: number, secret: string): string {
  const { from, dials, delay = 0, cancel = 0, talk = 0 } = caller;
  return background(`${two(n)}-caller-${from}`, n, [
    `-sf /phones/caller.xml -p ${CALLER_PORT + n} -m 1 -s ${dials} -key from ${from} -au ${from} -ap ${secret}`,
    `-set delay ${delay} -set cancel ${cancel} -set talk ${talk}`,
  ]);
}

function background(name: string, n: number, options: readonly string[]): string {
  const rtp = 20_000 + 100 * n;
  const common = `-nostdin -timeout ${TIMEOUT_S} -timeout_error -min_rtp_port ${rtp} -max_rtp_port ${rtp + 99}`;
  const logs = `-trace_msg -message_file ${name}.log -trace_err -error_file ${name}.err`;
  return `{ sipp asterisk ${options.join(' ')} ${common} ${logs} >/dev/null 2>&1; echo $? >${name}.exit; } &`;
}

function portOf(phone: string): number {
  return phone === 'outside' ? OUTSIDE_PORT : 5000 + Number(phone);
}

function hex(port: number): string {
  return port.toString(16).padStart(4, '0');
}

function two(n: number): string {
  return String(n).padStart(2, '0');
}
