// Metrics and health for whoever operates the bridge. Strangers may reach it, so everything is bounded: connections,
// headers and time. No body is ever read, and a connection serves one request.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ConnectorError } from '../../errors.ts';
import type { Report } from '../../telemetry/notice.ts';
import type { Answer } from './answer.ts';
import { type HealthAnswer, type Status, toHealth, toLive, toReady } from './health.ts';
import { answerMetrics, type MetricsSource } from './metrics.ts';

/** What is asked at every request. */
export type HttpSources = {
  readonly status: () => Status;
  readonly metrics: MetricsSource;
};

export type HttpOptions = HttpSources & {
  readonly host: string;
  /** 0: no server. */
  readonly port: number;
  readonly report: Report;
};

export type HttpServer = { readonly close: () => Promise<void> };

/**
 * Resolves when it listens, or at once where the port is 0.
 * @throws ConnectorError HTTP_LISTEN_FAILED
 */
export async function startHttpServer(options: HttpOptions): Promise<HttpServer> {
  const { host, port, report } = options;
  if (port === 0) return { close: async () => undefined };
  const server = createHttpServer(options);
  await listen(server, host, port);
  report({ type: 'http-listening', host, port });
  return { close: () => close(server) };
}

/** The server, not listening yet. */
export function createHttpServer(sources: HttpSources, limits: HttpLimits = LIMITS): Server {
  const routes = toRoutes(sources);
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    answer(routes, request)
      .catch((): Answer => toText(500, 'Internal error'))
      .then((reply) => send(response, reply))
      .catch(() => response.destroy());
  };
  const server = createServer(limits, handle);
  server.on('checkContinue', handle); // answered without asking for the body
  server.maxConnections = 32;
  server.maxHeadersCount = 64;
  server.setTimeout(limits.silenceTimeout);
  return server;
}

/** All but the size in milliseconds. */
export type HttpLimits = {
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly connectionsCheckingInterval: number;
  /** A client that neither sends nor reads for so long is cut off. */
  readonly silenceTimeout: number;
  readonly maxHeaderSize: number;
};

const LIMITS: HttpLimits = {
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  silenceTimeout: 10_000,
  maxHeaderSize: 8 * 1024,
};

type Routes = ReadonlyMap<string, () => Promise<Answer>>;

function toRoutes({ status, metrics }: HttpSources): Routes {
  return new Map([
    ['/metrics', () => answerMetrics(metrics)],
    ['/health', async () => toJson(toHealth(status()))],
    ['/health/live', async () => toJson(toLive(status()))],
    ['/health/ready', async () => toJson(toReady(status()))],
  ]);
}

async function answer(routes: Routes, { url = '', method = '' }: IncomingMessage): Promise<Answer> {
  const [path = ''] = url.split('?');
  const route = routes.get(path);
  if (route === undefined)
    return toText(404, `Not found; there is ${[...routes.keys()].join(' ')}`);
  if (method !== 'GET' && method !== 'HEAD') {
    return { ...toText(405, 'Only GET and HEAD are allowed'), allow: 'GET, HEAD' };
  }
  return route();
}

function toJson({ code, body }: HealthAnswer): Answer {
  return {
    code,
    contentType: 'application/json; charset=utf-8',
    body: `${JSON.stringify(body)}\n`,
  };
}

function toText(code: number, text: string): Answer {
  return { code, contentType: 'text/plain; charset=utf-8', body: `${text}\n` };
}

function send(response: ServerResponse, { code, contentType, body, allow }: Answer): void {
  response.writeHead(code, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
    ...(allow !== undefined && { Allow: allow }),
  });
  response.end(body);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) => {
      const text = `Cannot listen at ${host}, port ${port} (${cause.code ?? cause.message})`;
      reject(new ConnectorError('HTTP_LISTEN_FAILED', text, { cause }));
    };
    server.once('error', fail);
    server.listen({ host, port }, () => {
      server.off('error', fail);
      server.on('error', () => undefined); // a connection that cannot be accepted must not end the bridge
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
