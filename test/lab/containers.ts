import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

// Read by testcontainers when it is loaded. Its reaper is one more image; who starts a lab stops it.
process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true';

const {
  GenericContainer,
  getContainerRuntimeClient,
  Network: NewNetwork,
  Wait,
} = await import('testcontainers');

export type Container = Awaited<ReturnType<InstanceType<typeof GenericContainer>['start']>>;
export type Network = Awaited<ReturnType<InstanceType<typeof NewNetwork>['start']>>;

/** Asterisk's major version; each comes from the Debian release that packages it. */
export type Release = keyof typeof BASES;

const BASES = { 16: 'debian:bullseye-slim', 22: 'debian:forky-slim' } as const;
/** Asterisk's console is there before it is booted, and a little after the process. */
const BOOTED =
  'until asterisk -rx "core waitfullybooted" 2>/dev/null | grep -q "fully booted"; do :; done';
const DOCKER = fileURLToPath(new URL('../../docker/', import.meta.url));

export const SECRET = { ami: 'lab-ami-secret', phone: 'lab-phone-secret' } as const;

/** A PBX and its phones, on one network, the phones registered. */
export interface Lab extends AsyncDisposable {
  readonly release: Release;
  readonly network: Network;
  readonly asterisk: Container;
  readonly phones: Container;
  readonly ami: { readonly host: string; readonly port: number; readonly tlsPort: number };
}

export function isRelease(text: string): text is `${Release}` {
  return Object.hasOwn(BASES, text);
}

/** Images are built where they are not yet; the lab is stopped by disposing of it. */
export async function startLab(release: Release): Promise<Lab> {
  await using stack = new AsyncDisposableStack();
  const network = stack.use(await new NewNetwork().start());
  const phones = stack.use(await startPhones(network));
  const asterisk = stack.use(await startAsterisk(release, network, { TRUNK_HOST: 'phones' }));
  await register(phones);
  const stop = stack.move();
  return {
    release,
    network,
    asterisk,
    phones,
    ami: {
      host: asterisk.getHost(),
      port: asterisk.getMappedPort(5038),
      tlsPort: asterisk.getMappedPort(5039),
    },
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  };
}

/** Runs a command in a container. */
export async function run(container: Container, command: string[]): Promise<string> {
  const { exitCode, output } = await container.exec(command);
  if (exitCode !== 0) {
    throw new Error(`${command.join(' ')} ended with ${exitCode}:\n${output}`);
  }
  return output;
}

/** Ends whatever the phones are doing. */
export async function dropPhones({ phones }: Lab): Promise<void> {
  const each = 'for comm in /proc/[0-9]*/comm; do grep -qx sipp $comm || continue;';
  const kill = 'kill -9 $(echo $comm | cut -d/ -f3); done; true';
  await run(phones, ['sh', '-c', `{ ${each} ${kill}; } 2>/dev/null`]);
}

/** Ends a container's main process without a warning (kill -9). */
export async function killContainer(container: Container): Promise<void> {
  const { container: containers } = await getContainerRuntimeClient();
  await containers.getById(container.getId()).kill({ signal: 'SIGKILL' });
}

/** Ends a container's main process as `docker stop` does it. */
export async function stopContainer(container: Container): Promise<void> {
  const { container: containers } = await getContainerRuntimeClient();
  await containers.getById(container.getId()).stop({ t: 10 });
}

/** Starts a killed or stopped container again, with its files and ports. */
export async function reviveContainer(container: Container): Promise<void> {
  const { container: containers } = await getContainerRuntimeClient();
  await containers.getById(container.getId()).start();
}

/** Starts a killed or stopped Asterisk again; resolves when the phones can call. */
export async function reviveAsterisk({ asterisk, phones }: Lab): Promise<void> {
  await reviveContainer(asterisk);
  await run(asterisk, ['sh', '-c', BOOTED]);
  await register(phones);
}

/** Restarts Asterisk in its running process, as from its console; resolves when the phones can call. */
export async function restartAsterisk({ asterisk, phones }: Lab): Promise<void> {
  const startedAt = 'asterisk -rx "core show settings" | grep "Startup time"';
  const before = await run(asterisk, ['sh', '-c', startedAt]);
  await run(asterisk, ['asterisk', '-rx', 'core restart now']);
  const isNew = `until now=$(${startedAt}) && [ "$now" != "${before.trim()}" ]; do sleep 0.1; done`;
  await run(asterisk, ['sh', '-c', isNew]);
  await run(asterisk, ['sh', '-c', BOOTED]);
  await register(phones);
}

export async function startNetwork(): Promise<Network> {
  return new NewNetwork().start();
}

export interface ReplayOptions {
  readonly network: Network;
  readonly image: string;
  /** A capture of this repository, without its ending. */
  readonly capture: string;
}

/** A recorded Asterisk, played by wiretap to whoever logs in. */
export async function startReplay({ network, image, capture }: ReplayOptions): Promise<Container> {
  const files = ['raw', 'times'].map((end) => ({
    source: `${capture}.${end}`,
    target: `/captures/capture.${end}`,
  }));
  return new GenericContainer(image)
    .withNetwork(network)
    .withNetworkAliases('asterisk')
    .withCopyFilesToContainer(files)
    .withCommand(['wiretap', 'replay', 'capture.raw', '--host', '0.0.0.0'])
    .withWaitStrategy(Wait.forLogMessage(/5038/))
    .start();
}

/** An MQTT broker that takes anybody, and forgets neither session nor subscription when it is killed. */
export async function startBroker(network: Network): Promise<Container> {
  const content = [
    'listener 1883',
    'allow_anonymous true',
    'persistence true',
    'persistence_location /mosquitto/data/',
    'autosave_on_changes true',
    'autosave_interval 1',
    '',
  ].join('\n');
  return new GenericContainer('eclipse-mosquitto:2')
    .withNetwork(network)
    .withNetworkAliases('mosquitto')
    .withCopyContentToContainer([{ content, target: '/mosquitto/config/mosquitto.conf' }])
    .withExposedPorts(await fixedPort(1883))
    .withWaitStrategy(Wait.forLogMessage(/mosquitto version .* running/))
    .start();
}

export interface Guards {
  /** Mosquitto's `acl_file`. */
  readonly acl: string;
  /** Passwords by user. */
  readonly users: Readonly<Record<string, string>>;
}

/** A broker that takes these users, and lets them do what the access list says. */
export async function startGuardedBroker(network: Network, guards: Guards): Promise<Container> {
  const folder = '/mosquitto/config';
  const content = [
    'listener 1883',
    'allow_anonymous false',
    `password_file ${folder}/passwords`,
    `acl_file ${folder}/acl`,
    '',
  ].join('\n');
  const passwords = Object.entries(guards.users).map(
    ([user, password]) => `mosquitto_passwd -b ${folder}/passwords ${user} ${password}`,
  );
  const start = [`touch ${folder}/passwords`, ...passwords, `exec mosquitto -c ${folder}/our.conf`];
  return new GenericContainer('eclipse-mosquitto:2')
    .withNetwork(network)
    .withNetworkAliases('mosquitto')
    .withCopyContentToContainer([
      { content, target: `${folder}/our.conf` },
      { content: guards.acl, target: `${folder}/acl` },
    ])
    .withCommand(['sh', '-c', start.join(' && ')])
    .withExposedPorts(await fixedPort(1883))
    .withWaitStrategy(Wait.forLogMessage(/mosquitto version .* running/))
    .start();
}

export type Certificates = Readonly<Record<`${string}.pem` | `${string}.key`, string>>;

/** PEM files by name: an authority (`ca.pem`), and of each of these hosts a certificate and its key, good for a day. */
export async function makeCertificates(
  container: Container,
  hosts: readonly string[],
): Promise<Certificates> {
  const curve = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
  const sign = '-CA ca.pem -CAkey ca.key -CAcreateserial -days 1';
  const script = [
    'set -e; cd $(mktemp -d)',
    `openssl req -x509 ${curve} -days 1 -subj "/CN=test authority" -keyout ca.key -out ca.pem`,
    ...hosts.flatMap((host) => [
      `openssl req ${curve} -subj /CN=${host} -keyout ${host}.key -out ${host}.csr`,
      `echo subjectAltName=DNS:${host} >${host}.ext`,
      `openssl x509 -req -in ${host}.csr ${sign} -extfile ${host}.ext -out ${host}.pem`,
    ]),
    'for file in *.pem *.key; do echo "=== $file"; cat $file; done',
  ];
  const output = await run(container, ['sh', '-c', `( ${script.join('\n')} ) 2>/dev/null`]);
  const files = output.split('=== ').slice(1);
  return Object.fromEntries(files.map((file) => file.split(/\n([\s\S]*)/, 2)));
}

/** A broker on 8883 that takes whoever shows a certificate of that authority. */
export async function startTlsBroker(network: Network, made: Certificates): Promise<Container> {
  const files = { 'ca.pem': 'ca.pem', 'cert.pem': 'mosquitto.pem', 'key.pem': 'mosquitto.key' };
  const content = [
    'listener 8883',
    'cafile /mosquitto/config/ca.pem',
    'certfile /mosquitto/config/cert.pem',
    'keyfile /mosquitto/config/key.pem',
    'require_certificate true',
    'use_identity_as_username true',
    '',
  ].join('\n');
  const certificates = Object.entries(files).map(([name, source]) => ({
    content: made[source as keyof Certificates] ?? '',
    target: `/mosquitto/config/${name}`,
  }));
  return new GenericContainer('eclipse-mosquitto:2')
    .withNetwork(network)
    .withNetworkAliases('mosquitto')
    .withCopyContentToContainer([
      { content, target: '/mosquitto/config/mosquitto.conf' },
      ...certificates,
    ])
    .withWaitStrategy(Wait.forLogMessage(/mosquitto version .* running/))
    .start();
}

async function startPhones(network: Network): Promise<Container> {
  const image = await GenericContainer.fromDockerfile(`${DOCKER}phones`).build(
    'asterisk-mqtt-lab-phones:latest',
    { deleteOnExit: false },
  );
  return image.withNetwork(network).withNetworkAliases('phones').start();
}

/** `variables` are those of the image besides the secrets: `TRUNK_HOST` is needed. */
export async function startAsterisk(
  release: Release,
  network: Network,
  variables: Readonly<Record<string, string>>,
): Promise<Container> {
  const image = await GenericContainer.fromDockerfile(`${DOCKER}asterisk`)
    .withBuildArgs({ BASE: BASES[release] })
    .build(`asterisk-mqtt-lab-asterisk:${release}`, { deleteOnExit: false });
  return image
    .withNetwork(network)
    .withNetworkAliases('asterisk')
    .withEnvironment({
      AMI_SECRET: SECRET.ami,
      PHONE_SECRET: SECRET.phone,
      ...variables,
    })
    .withExposedPorts(await fixedPort(5038), await fixedPort(5039))
    .withWaitStrategy(Wait.forHealthCheck())
    .start();
}

/** Once more where it fails: a machine that is held up makes phones send again, which sipp's scenario does not expect. */
async function register(phones: Container): Promise<void> {
  const sipp = 'sipp asterisk -nostdin -timeout 20 -timeout_error -r 100 -m 9';
  const scenario = `-sf /phones/register.xml -inf /phones/register.csv -ap ${SECRET.phone}`;
  const command = `${sipp} ${scenario}`;
  await run(phones, ['sh', '-c', [command, command, command].join(' || ')]);
}

/** A port of this machine that stays the same when the container is killed and started again. */
async function fixedPort(container: number): Promise<{ container: number; host: number }> {
  const probe = createServer().listen(0);
  await once(probe, 'listening');
  const { port: host } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return { container, host };
}
