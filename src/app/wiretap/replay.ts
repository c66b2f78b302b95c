// wiretap replay: a capture as a manager interface.

import { loadConfig } from '../../config/load.ts';
import { readCapture } from '../../io/capture/files.ts';
import { startSimulator } from '../../io/capture/simulator.ts';
import { type Arguments, type Command, toNumber, toPort } from './arguments.ts';
import { aborted, type Terminal } from './terminal.ts';

export const REPLAY: Command = {
  name: 'replay',
  operands: ['FILE'],
  about: `Serves a capture as the manager interface of an Asterisk. Whoever logs in is told what was recorded, in its
own time, and gets answers to Ping, CoreShowChannels, Status, CoreStatus and CoreSettings from the state of the
capture at that moment. After its end the connection stays, and Ctrl-C ends it all.

Any user and secret are accepted, unless --user asks for one: then the secret is in AMI_SECRET or AMI_SECRET_FILE.`,
  options: [
    { name: 'port', value: 'PORT', about: 'Port to listen on (5038); 0 for any free one.' },
    { name: 'host', value: 'HOST', about: 'Address to listen on (127.0.0.1: this machine only).' },
    {
      name: 'speed',
      value: 'FACTOR',
      about: '1 as recorded (the default), 10 ten times as fast, 0 as fast as the client reads.',
    },
    { name: 'loop', about: 'Begin again when it is through.' },
    { name: 'user', value: 'USER', about: 'Let only this user in, with the secret in AMI_SECRET.' },
  ],
};

export async function replay(options: Arguments, terminal: Terminal): Promise<number> {
  const [file = ''] = options.operands;
  const host = options.get('host') ?? '127.0.0.1';
  const port = toPort(options.get('port') ?? '5038');
  const speed = toNumber('speed', options.get('speed') ?? '1');
  const simulator = await startSimulator({
    capture: await readCapture(file),
    host,
    port,
    speed,
    loop: options.get('loop') !== undefined,
    ...credentials(options, terminal),
    onEnd: () => terminal.stderr('A client has been told everything.\n'),
  });
  terminal.stdout(`Playing ${file} on ${host}:${simulator.port}; Ctrl-C ends it.\n`);
  await aborted(terminal.signal);
  await simulator.close();
  return 0;
}

function credentials(
  options: Arguments,
  { env }: Terminal,
): { readonly username?: string; readonly secret?: string } {
  const user = options.get('user');
  if (user === undefined) return {};
  const { AMI_SECRET, AMI_PASSWORD, AMI_SECRET_FILE, AMI_PASSWORD_FILE } = env;
  const secrets = { AMI_SECRET, AMI_PASSWORD, AMI_SECRET_FILE, AMI_PASSWORD_FILE };
  const { ami } = loadConfig({ env: { ...secrets, AMI_USERNAME: user } });
  return { username: ami.username, secret: ami.secret };
}
