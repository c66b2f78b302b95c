// The way to Asterisk, step by step: name, port, TLS, banner, login. One connection takes all of it; where that fails,
// the code of its error says at which step. What the user may do is judged in rights.ts.

import type { Config } from '../../config/config.ts';
import { neededClasses } from '../../core/ami/rights.ts';
import { ConnectorError } from '../../errors.ts';
import { type AmiSession, connectAmi } from '../../io/ami/connection.ts';
import { failedStep, isStrange, remedyFor } from './asterisk-trouble.ts';
import { type Checkup, endedAt, type Step } from './checkup.ts';
import { gatherFacts, Witness } from './facts.ts';
import { type Finding, fail, ok, skipped } from './findings.ts';
import { checkName } from './name.ts';
import { judge, RIGHTS } from './rights.ts';
import { meet, withStranger } from './stranger.ts';

export async function checkAsterisk(checkup: Checkup): Promise<void> {
  const { tell, config } = checkup;
  const steps = stepsOf(config.ami);
  const name = await checkName(config.ami.host, 'AMI_HOST');
  tell(name);
  if (name.grade === 'fail') {
    const rest = [...steps, ...RIGHTS];
    return tell(...rest.map((step) => skipped(step.name, 'the name does not resolve')));
  }
  const witness = new Witness();
  try {
    const session = await logIn(checkup, witness);
    tell(...steps.map(({ passed }) => ok(passed)));
    await checkRights(session, witness, checkup);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const finding = await toFinding(error, checkup);
    tell(...endedAt(failedStep(error), finding, [...steps, ...RIGHTS]));
  }
}

function stepsOf({ port, username, tls }: Config['ami']): readonly Step[] {
  const how = tls?.fingerprint === undefined ? 'verified' : 'the one of AMI_TLS_FINGERPRINT';
  const secure = { name: 'TLS', passed: `TLS works; the certificate is ${how}` };
  return [
    { name: 'port', passed: `port ${port} opens` },
    ...(tls === undefined ? [] : [secure]),
    { name: 'banner', passed: 'the manager interface of an Asterisk answers' },
    { name: 'login', passed: `the login as "${username}" is accepted` },
  ];
}

/** A banner may come late, since a session of somebody else that stalls holds it back; but all must end in time. */
const DEADLINES = { connectMs: 5_000, bannerMs: 8_000, actionMs: 4_000 };

async function logIn({ config, signal }: Checkup, witness: Witness): Promise<AmiSession> {
  return await connectAmi({
    ...config.ami,
    events: neededClasses({ digits: config.callDtmf }).join(),
    deadlines: DEADLINES,
    signal,
    onMessage: (message) => witness.onMessage(message),
  });
}

async function checkRights(session: AmiSession, witness: Witness, checkup: Checkup) {
  const { config, signal, tell } = checkup;
  const { username } = config.ami;
  const classes = neededClasses({ digits: config.callDtmf });
  try {
    tell(...judge(await gatherFacts(session, { witness, username, signal }), username, classes));
  } catch (error) {
    if (signal.aborted || !(error instanceof ConnectorError)) throw error;
    tell(fail(error.message, error.hint));
    tell(...RIGHTS.map(({ name }) => skipped(name, 'the session ended')));
  } finally {
    await session.close();
  }
}

async function toFinding(error: ConnectorError, { config, signal }: Checkup): Promise<Finding> {
  const { ami } = config;
  if (!isStrange(error)) return fail(error.message, remedyFor(error, ami));
  const stranger = await meet(ami, signal);
  return fail(withStranger(error, stranger), remedyFor(error, ami, stranger));
}
