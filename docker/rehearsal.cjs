// Runs the bridge until it is logged in to an Asterisk and connected to a broker, both of a few lines and in here, and ends
// it: what it has run until then is what is kept compiled. Plain JavaScript: it runs while the image is built.
//   AMI_PORT=PORT MQTT_URL=mqtt://127.0.0.1:OTHER … node rehearsal.cjs PORT OTHER PROGRAM [ARGUMENT...]

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { createServer } = require('node:net');

/** Of MQTT 5, without properties. */
const CONNACK = Buffer.from([0x20, 3, 0, 0, 0]);
/** What follows from an answer is run too. */
const A_WHILE_MS = 200;
/** Under emulation it takes some seconds. */
const MOST_MS = 120_000;

module.exports = { playAsterisk, playBroker };
if (require.main === module) void rehearse(...process.argv.slice(2));

async function rehearse(amiPort, mqttPort, ...program) {
  const listed = Promise.withResolvers();
  const connected = Promise.withResolvers();
  const onAction = (name) => name === 'CoreShowChannels' && setTimeout(listed.resolve, A_WHILE_MS);
  const onConnect = () => setTimeout(connected.resolve, A_WHILE_MS);
  const ami = createServer((socket) => playAsterisk(socket, onAction));
  const broker = createServer((socket) => playBroker(socket, onConnect));
  ami.listen(amiPort, '127.0.0.1');
  broker.listen(mqttPort, '127.0.0.1');
  await Promise.all([once(ami, 'listening'), once(broker, 'listening')]);
  const bridge = spawn(process.execPath, program, { stdio: 'inherit' });
  const ended = once(bridge, 'exit');
  setTimeout(() => process.exit(1), MOST_MS);
  await Promise.race([Promise.all([listed.promise, connected.promise]), ended]);
  bridge.kill();
  const [code] = await ended;
  process.exit(code ?? 1);
}

/** Lets anybody in, and has no calls. `onAction`: the name of an action that was answered. */
function playAsterisk(socket, onAction) {
  let text = '';
  socket.on('error', () => {});
  socket.write('Asterisk Call Manager/11.0.0\r\n');
  socket.on('data', (bytes) => {
    text += bytes;
    const actions = text.split('\r\n\r\n');
    text = actions.pop();
    for (const action of actions) {
      const name = headerOf(action, 'Action');
      socket.write(toAnswer(name, headerOf(action, 'ActionID')));
      onAction(name);
    }
  });
}

function headerOf(action, key) {
  return new RegExp(`^${key}: (.*)`, 'im').exec(action)?.[1];
}

function toAnswer(name, actionId) {
  const id = `ActionID: ${actionId}\r\n`;
  if (name !== 'CoreShowChannels') return `Response: Success\r\n${id}Challenge: 1\r\n\r\n`;
  const end = `Event: CoreShowChannelsComplete\r\n${id}EventList: Complete\r\nListItems: 0\r\n\r\n`;
  return `Response: Success\r\n${id}EventList: start\r\n\r\n${end}`;
}

/** Takes what is published and acknowledges nothing. */
function playBroker(socket, onConnect) {
  socket.on('error', () => {});
  socket.once('data', () => {
    socket.write(CONNACK);
    onConnect();
  });
}
