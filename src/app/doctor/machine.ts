// What the bridge needs of the machine that it runs on: a folder, and a port.

import { ConnectorError } from '../../errors.ts';
import { type HttpPort, probeHttpPort } from '../../io/probe/http-port.ts';
import { inspectDataDir } from '../../io/store/data-dir.ts';
import { at } from '../../telemetry/line.ts';
import type { Checkup } from './checkup.ts';
import { fail, ok, warn } from './findings.ts';

export async function checkData({ config, tell }: Checkup): Promise<void> {
  const { dataDir, outbox } = config;
  if (dataDir === undefined) {
    return tell(ok('DATA_DIR is not set: what is undelivered is kept in memory'));
  }
  try {
    const { exists, freeBytes } = await inspectDataDir(dataDir);
    const state = exists ? 'can be written' : 'is not there yet, and can be made';
    const text = `DATA_DIR ${dataDir} ${state}; ${inGigabytes(freeBytes)} free`;
    if (freeBytes >= outbox.maxBytes) return tell(ok(text));
    const most = `OUTBOX_MAX_BYTES is ${inGigabytes(outbox.maxBytes)}`;
    tell(warn(`${text}, and ${most}`, 'Free some space, or set OUTBOX_MAX_BYTES to less.'));
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    tell(fail(error.message, error.hint));
  }
}

export async function checkHttp({ config, tell }: Checkup): Promise<void> {
  const { host, port } = config.http;
  if (port === 0) return tell(ok('HTTP_PORT is 0: no metrics and no health by HTTP'));
  const found = await probeHttpPort(host, port);
  const where = at(host, port);
  if (typeof found !== 'string') {
    return tell(fail(`cannot listen at ${where} (${found.trouble})`, NO_LISTENING));
  }
  const text = HTTP_TEXTS[found].replace('%', where);
  tell(found === 'taken' ? warn(text, TAKEN) : ok(text));
}

const HTTP_TEXTS: Readonly<Record<Exclude<HttpPort, object>, string>> = {
  free: '% is free',
  bridge: 'a bridge answers at %',
  taken: 'something that is no bridge listens at %',
};

const TAKEN =
  'Set HTTP_PORT to another port, or to 0 for none: the bridge does not start without it.';
const NO_LISTENING =
  'Set HTTP_HOST to an address of this machine, such as 0.0.0.0, and HTTP_PORT to a port that this user may use.';

function inGigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
