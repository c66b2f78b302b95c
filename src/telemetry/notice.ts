// Everything an operator may want to know, as one union. An edge says what happened by a notice; report.ts decides
// how it is logged and counted. No notice carries a secret, a phone number or a caller's name.

import type { ConnectorError } from '../errors.ts';

export type Notice =
  | { readonly type: 'bridge-starting'; readonly version: string; readonly revision?: string }
  | { readonly type: 'bridge-stopping'; readonly reason: string }
  /** `kept`: so many of the pending lie in DATA_DIR, for the next start. */
  | { readonly type: 'bridge-stopped'; readonly pending: number; readonly kept: number }
  /** The file that health checks read. */
  | { readonly type: 'heartbeat-failed'; readonly path: string; readonly reason: string }
  | { readonly type: 'http-listening'; readonly host: string; readonly port: number }
  | {
      readonly type: 'ami-online';
      readonly host: string;
      readonly port: number;
      readonly amiVersion: string;
      readonly asteriskVersion?: string;
      readonly pbx: string;
    }
  /** `repeated`: the same trouble as the last time; `retryInMs`: when it is tried again. */
  | {
      readonly type: 'ami-offline';
      readonly error: ConnectorError;
      readonly retryInMs: number;
      readonly repeated: boolean;
    }
  /** Something that the AMI user or manager.conf does not give, what that costs, and what to do about it. */
  | {
      readonly type: 'ami-limited';
      readonly level: 'error' | 'warn';
      readonly missing: string;
      readonly cost: string;
      readonly hint: string;
    }
  | {
      readonly type: 'ami-round-trip';
      readonly milliseconds: number;
      readonly clockOffsetMs?: number;
    }
  | { readonly type: 'ami-message-suspect'; readonly reason: SuspectReason }
  | { readonly type: 'ami-message-oversized'; readonly bytes: number }
  /** For a second now, more comes from Asterisk than is understood. */
  | { readonly type: 'ami-rush'; readonly waitingBytes: number }
  | { readonly type: 'ami-rush-over'; readonly seconds: number }
  | {
      readonly type: 'mqtt-online';
      readonly broker: string;
      readonly protocolVersion: '5' | '3.1.1';
    }
  | {
      readonly type: 'mqtt-offline';
      readonly error: ConnectorError;
      readonly retryInMs: number;
      readonly repeated: boolean;
    }
  | { readonly type: 'mqtt-protocol-fallback'; readonly broker: string }
  | { readonly type: 'publish-failed'; readonly error: ConnectorError; readonly repeated: boolean }
  /** The broker takes again what it did not allow before. */
  | { readonly type: 'publish-allowed' }
  /** The disk does not take what is told; it is kept in memory until it does. */
  | { readonly type: 'outbox-failed'; readonly error: ConnectorError }
  | { readonly type: 'outbox-recovered' }
  /** Within a second the bridge waited so long for the disk; from now on that has a thread of its own. */
  | { readonly type: 'outbox-busy'; readonly ms: number }
  /** The file of the outbox was damaged and is now at `path`; a new one was begun. */
  | { readonly type: 'outbox-set-aside'; readonly path: string }
  /** Undelivered events of an earlier process. */
  | { readonly type: 'outbox-restored'; readonly events: number }
  | { readonly type: 'outbox-shed'; readonly reason: string; readonly events: number }
  /** Open calls of the process before; `damaged`: what was kept of so many could not be read. */
  | { readonly type: 'calls-restored'; readonly restored: number; readonly damaged: number }
  /** The calls after a reconnection to Asterisk: how many went on, ended unseen, were found. */
  | {
      readonly type: 'calls-resynced';
      readonly kept: number;
      readonly ended: number;
      readonly found: number;
      readonly restarted: boolean;
    }
  | {
      readonly type: 'call-told';
      readonly callId: string;
      readonly event: string;
      /** Whether it is the first that is told of the call. */
      readonly first: boolean;
      /** How long phones rang until somebody answered, or until all was over. */
      readonly ring?: { readonly outcome: 'answered' | 'unanswered'; readonly seconds: number };
      /** Of the last event of a call. */
      readonly disposition?: string;
      readonly cause?: string;
      /** Of the last event of an answered call. */
      readonly talkSeconds?: number;
    }
  /**
   * The broker has a message. `latencyMs`: since it was handed to the network; `delayMs`: of a call event, since the
   * bridge read from Asterisk what it tells.
   */
  | {
      readonly type: 'message-acknowledged';
      readonly latencyMs: number;
      readonly delayMs?: number;
    };

export type SuspectReason =
  | 'malformed'
  | 'second-event'
  | 'snapshot'
  | 'after-damage'
  | 'stray-response'
  | 'no-timestamp'
  | 'too-many-channels'
  /** The connection ended in the middle of it. */
  | 'torn';

export type Report = (notice: Notice) => void;
