import { once } from 'node:events';
import { connect } from 'node:net';

/** Whether somebody listens there. */
export async function answersOn(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const connected = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return connected;
}
