// The port on which the bridge serves /metrics and /health: can it be had, and if not, who has it.

import { createServer } from 'node:net';

export type HttpPort =
  | 'free'
  /** A bridge answers there. */
  | 'bridge'
  | 'taken'
  /** It cannot be had, whoever has it: the error's code. */
  | { readonly trouble: string };

const ASK_MS = 2_000;

/** Never throws. */
export async function probeHttpPort(host: string, port: number): Promise<HttpPort> {
  const trouble = await tryToListen(host, port);
  if (trouble === undefined) return 'free';
  if (trouble !== 'EADDRINUSE') return { trouble };
  return (await isBridge(host, port)) ? 'bridge' : 'taken';
}

function tryToListen(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.on('error', ({ code, message }: NodeJS.ErrnoException) => resolve(code ?? message));
    server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  });
}

async function isBridge(host: string, port: number): Promise<boolean> {
  const name = host.includes(':') ? `[${host}]` : host;
  try {
    const signal = AbortSignal.timeout(ASK_MS);
    const answer = await fetch(`http://${name}:${port}/health/live`, { signal });
    const body = (await answer.json()) as { readonly missing?: unknown };
    return Array.isArray(body.missing);
  } catch {
    return false; // whoever it is, it is no bridge
  }
}
