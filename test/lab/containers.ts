import { fileURLToPath } from 'node:url';

// Read by testcontainers when it is loaded. Its reaper is one more image; who starts a lab stops it.
process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true';

const { GenericContainer, Network, Wait } = await import('testcontainers');

type Container = Awaited<ReturnType<InstanceType<typeof GenericContainer>['start']>>;
type StartedNetwork = Awaited<ReturnType<InstanceType<typeof Network>['start']>>;

/** Asterisk's major version; each comes from the Debian release that packages it. */
export type Release = keyof typeof BASES;

const BASES = { 16: 'debian:bullseye-slim', 22: 'debian:forky-slim' } as const;
const DOCKER = fileURLToPath(new URL('../../docker/', import.meta.url));

export const SECRET = { ami: 'lab-ami-secret', phone: 'lab-phone-secret' } as const;

/** A PBX and its phones, on one network, the phones registered. */
export interface Lab extends AsyncDisposable {
  readonly release: Release;
  readonly network: StartedNetwork;
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
  const network = stack.use(await new Network().start());
  const phones = stack.use(await startPhones(network));
  const asterisk = stack.use(await startAsterisk(release, network));
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

async function startPhones(network: StartedNetwork): Promise<Container> {
  const image = await GenericContainer.fromDockerfile(`${DOCKER}phones`).build(
    'asterisk-mqtt-lab-phones:latest',
    { deleteOnExit: false },
  );
  return image.withNetwork(network).withNetworkAliases('phones').start();
}

async function startAsterisk(release: Release, network: StartedNetwork): Promise<Container> {
  const image = await GenericContainer.fromDockerfile(`${DOCKER}asterisk`)
    .withBuildArgs({ BASE: BASES[release] })
    .build(`asterisk-mqtt-lab-asterisk:${release}`, { deleteOnExit: false });
  return image
    .withNetwork(network)
    .withNetworkAliases('asterisk')
    .withEnvironment({
      AMI_SECRET: SECRET.ami,
      PHONE_SECRET: SECRET.phone,
      TRUNK_HOST: 'phones',
    })
    .withExposedPorts(5038, 5039)
    .withWaitStrategy(Wait.forHealthCheck())
    .start();
}

async function register(phones: Container): Promise<void> {
  const sipp = 'sipp asterisk -nostdin -timeout 20 -timeout_error -r 100 -m 9';
  const scenario = '-sf /phones/register.xml -inf /phones/register.csv';
  await run(phones, ['sh', '-c', `${sipp} ${scenario} -ap ${SECRET.phone}`]);
}
