// Where a scenario in code plays: phones, a manager session, pauses. Phones live as long as the lab; a stage begins with
// phones that have forgotten everything.

import { setTimeout } from 'node:timers/promises';
import { Ami, type AmiAnswer } from './ami.ts';
import {
  type Container,
  type Network,
  type Release,
  run,
  SECRET,
  startAsterisk,
  startNetwork,
} from './containers.ts';
import type { Call } from './sip/call.ts';
import { type Moment, Phone, type Traffic } from './sip/phone.ts';
import type { ExpectedCall } from './tells.ts';

export interface LiveScenario {
  readonly story: string;
  readonly run: (stage: Stage) => Promise<void>;
  /** In the order of the calls' ids. */
  readonly tells: readonly ExpectedCall[];
  /** As right, where the PBX decides a race of which the phones do not see who won. */
  readonly orElse?: readonly ExpectedCall[];
  /** Only there. */
  readonly release?: Release;
  /** The name of the PBX, where it has one (`systemname`). */
  readonly systemName?: string;
}

/** A PBX, and phones in this process. */
export interface LiveLab extends AsyncDisposable {
  readonly release: Release;
  readonly network: Network;
  readonly asterisk: Container;
  readonly ami: { readonly host: string; readonly port: number };
  readonly session: Ami;
  readonly phones: ReadonlyMap<string, Phone>;
}

const PHONES = ['101', '102', '103', '104', '105', '106', '107', '108', '109'];
/** chan_sip, which only Asterisk 16 has. */
const OLD_PHONES = ['121', '122'];
const OUTSIDE = 'outside';
const OUTSIDE_PORT = 5090;

export async function startLiveLab(release: Release, systemName = ''): Promise<LiveLab> {
  await using stack = new AsyncDisposableStack();
  const network = stack.use(await startNetwork());
  const host = await gatewayOf(network.getId());
  const variables = { TRUNK_HOST: host, SYSTEM_NAME: systemName };
  const asterisk = stack.use(await startAsterisk(release, network, variables));
  const ami = { host: asterisk.getHost(), port: asterisk.getMappedPort(5038) };
  const session = stack.use(await Ami.open(ami));
  const pbx = asterisk.getIpAddress(network.getName());
  const phones = stack.adopt(await openPhones(release, { host, pbx }), (opened) => {
    for (const phone of opened.values()) phone.close();
  });
  const stop = stack.move();
  return {
    release,
    network,
    asterisk,
    ami,
    session,
    phones,
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  };
}

export interface Performed {
  readonly moments: readonly Moment[];
  readonly traffic: readonly Traffic[];
  /** Why it did not come to its end: something that it waits for did not come, or a phone is still in a call. */
  readonly failure?: Error;
}

/** Plays a scenario to its end, or until it fails. */
export async function perform(lab: LiveLab, scenario: LiveScenario): Promise<Performed> {
  const stage = new Stage(lab);
  try {
    await scenario.run(stage);
    await stage.untilQuiet();
  } catch (error) {
    await lab.session.send('Command', { Command: 'channel request hangup all' });
    return { moments: stage.moments, traffic: stage.traffic, failure: error as Error };
  }
  return { moments: stage.moments, traffic: stage.traffic };
}

export class Stage {
  readonly #lab: LiveLab;
  readonly #moments: Moment[] = [];

  constructor(lab: LiveLab) {
    this.#lab = lab;
    for (const phone of lab.phones.values()) phone.reset();
  }

  get release(): Release {
    return this.#lab.release;
  }

  /** 101 … 109, or `outside`: the far end of the trunk. */
  phone(number: string): Phone {
    const phone = this.#lab.phones.get(number);
    if (phone === undefined) throw new Error(`there is no phone ${number}`);
    return phone;
  }

  phones<const N extends readonly string[]>(...numbers: N): { readonly [K in keyof N]: Phone } {
    return numbers.map((number) => this.phone(number)) as { readonly [K in keyof N]: Phone };
  }

  get outside(): Phone {
    return this.phone(OUTSIDE);
  }

  async pause(ms = 400): Promise<void> {
    await setTimeout(ms);
  }

  /** Notes `the lab <does>`, then asks Asterisk for it. */
  async ask(does: string, action: string, fields: AmiAnswer): Promise<void> {
    this.#note(does);
    await this.#lab.session.send(action, fields);
  }

  /** The last thing that a lab can do: its manager session is gone with the PBX. */
  async restartPbx(): Promise<void> {
    this.#note('restarts the PBX');
    await run(this.#lab.asterisk, ['asterisk', '-rx', 'core restart now']);
  }

  /** The name of the channel of `PJSIP/102`, say. */
  channelOf(device: string): Promise<string> {
    return this.#lab.session.channelOf(device);
  }

  /** One phone calls another, who lifts; they talk. */
  async talk(caller: Phone, callee: Phone, dialled = callee.number): Promise<[Call, Call]> {
    const placed = await caller.call(dialled);
    const taken = await callee.rings();
    await this.pause(700);
    taken.lift();
    await placed.connected();
    await this.pause(900);
    return [placed, taken];
  }

  /** Until no phone is in a call any more. */
  async untilQuiet(): Promise<void> {
    for (const phone of this.#lab.phones.values()) {
      for (const call of phone.openCalls) await call.ended();
    }
    await this.pause(200);
  }

  #note(does: string): void {
    const at = performance.timeOrigin + performance.now();
    this.#moments.push({ at, phone: 'the', what: `lab ${does}` });
  }

  get moments(): readonly Moment[] {
    const all = [...this.#lab.phones.values()].flatMap(({ moments }) => moments);
    return [...all, ...this.#moments].toSorted((a, b) => a.at - b.at);
  }

  get traffic(): readonly Traffic[] {
    const all = [...this.#lab.phones.values()].flatMap(({ traffic }) => traffic);
    return all.toSorted((a, b) => a.at - b.at);
  }
}

async function openPhones(
  release: Release,
  { host, pbx }: { host: string; pbx: string },
): Promise<Map<string, Phone>> {
  const asterisk = { host: pbx, port: 5060 };
  const own = PHONES.map((number) => openPhone(number, { host, asterisk }));
  const older = release === 16 ? OLD_PHONES : [];
  const old = older.map((number) =>
    openPhone(number, { host, asterisk: { host: pbx, port: 5160 } }),
  );
  const phones = await Promise.all([...own, ...old]);
  await Promise.all(phones.map((phone) => phone.register()));
  const local = { host, port: OUTSIDE_PORT };
  const outside = await Phone.open({ number: OUTSIDE, local, asterisk });
  return new Map([...phones, outside].map((phone) => [phone.number, phone]));
}

function openPhone(
  number: string,
  { host, asterisk }: { host: string; asterisk: { host: string; port: number } },
): Promise<Phone> {
  const account = { username: number, secret: SECRET.phone };
  return Phone.open({ number, local: { host, port: 5000 + Number(number) }, asterisk, account });
}

/** This machine's address on a network of containers. */
async function gatewayOf(networkId: string): Promise<string> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  const client = await getContainerRuntimeClient();
  const { IPAM } = await client.network.getById(networkId).inspect();
  const gateway = IPAM?.Config?.[0]?.Gateway;
  if (gateway === undefined) throw new Error('the network of the lab has no gateway');
  return gateway;
}
