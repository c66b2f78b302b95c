// The closed sets that metric labels take their values from. A name that is missing here is counted as `other`.

import type { SuspectReason } from './notice.ts';

export const LINKS = ['ami', 'mqtt'];

export const CALL_EVENTS = ['ringing', 'answered', 'hungup', 'dtmf', 'other'];

export const DISPOSITIONS = [
  'answered',
  'cancelled',
  'system',
  'busy',
  'rejected',
  'no_answer',
  'failed',
  'merged',
  'unknown',
  'other',
];

/** The causes that the bridge finds by itself, and those of Asterisk that are seen in practice. */
export const CAUSES = [
  'normal_clearing',
  'cancelled',
  'user_busy',
  'call_rejected',
  'no_answer',
  'unreachable',
  'pbx_restart',
  'unknown',
  'unallocated',
  'no_route_destination',
  'no_user_response',
  'subscriber_absent',
  'number_changed',
  'destination_out_of_order',
  'invalid_number_format',
  'normal_unspecified',
  'normal_circuit_congestion',
  'network_out_of_order',
  'normal_temporary_failure',
  'switch_congestion',
  'requested_chan_unavail',
  'outgoing_call_barred',
  'incoming_call_barred',
  'bearercapability_notavail',
  'incompatible_destination',
  'recovery_on_timer_expire',
  'interworking',
  'other',
];

/** How most calls end; other endings get a series of their own when they are first seen. */
export const USUAL_ENDINGS = [
  { disposition: 'answered', cause: 'normal_clearing' },
  { disposition: 'answered', cause: 'pbx_restart' },
  { disposition: 'answered', cause: 'unknown' },
  { disposition: 'cancelled', cause: 'cancelled' },
  { disposition: 'system', cause: 'normal_clearing' },
  { disposition: 'busy', cause: 'user_busy' },
  { disposition: 'rejected', cause: 'call_rejected' },
  { disposition: 'no_answer', cause: 'no_answer' },
  { disposition: 'failed', cause: 'unreachable' },
  { disposition: 'failed', cause: 'pbx_restart' },
  { disposition: 'merged', cause: 'normal_clearing' },
  { disposition: 'unknown', cause: 'unknown' },
];

export const RING_OUTCOMES = ['answered', 'unanswered'];

export const SHED_REASONS = ['max_events', 'max_bytes', 'max_age', 'other'];

export const SUSPECT_REASONS: readonly SuspectReason[] = [
  'malformed',
  'second-event',
  'snapshot',
  'after-damage',
  'stray-response',
  'torn',
];

/**
 * Events of the classes `call`, `agent`, `system` and `dtmf` (Asterisk 12 and later), as `manager show events` has them,
 * and those that answer what the bridge asks.
 */
export const AMI_EVENTS = [
  'AgentCalled',
  'AgentComplete',
  'AgentConnect',
  'AgentDump',
  'AgentLogin',
  'AgentLogoff',
  'AgentRingNoAnswer',
  'AttendedTransfer',
  'BlindTransfer',
  'BridgeCreate',
  'BridgeDestroy',
  'BridgeEnter',
  'BridgeLeave',
  'BridgeMerge',
  'CEL',
  'ConfbridgeEnd',
  'ConfbridgeJoin',
  'ConfbridgeLeave',
  'ConfbridgeStart',
  'ContactStatus',
  'CoreShowChannel',
  'CoreShowChannelsComplete',
  'DTMFBegin',
  'DTMFEnd',
  'DeviceStateChange',
  'DialBegin',
  'DialEnd',
  'DialState',
  'ExtensionStatus',
  'FullyBooted',
  'Hangup',
  'HangupRequest',
  'Hold',
  'LocalBridge',
  'LocalOptimizationBegin',
  'LocalOptimizationEnd',
  'MessageWaiting',
  'MusicOnHoldStart',
  'MusicOnHoldStop',
  'NewAccountCode',
  'NewCallerid',
  'NewConnectedLine',
  'Newchannel',
  'Newexten',
  'Newstate',
  'OriginateResponse',
  'ParkedCall',
  'ParkedCallGiveUp',
  'ParkedCallSwap',
  'ParkedCallTimeOut',
  'PeerStatus',
  'Pickup',
  'QueueCallerAbandon',
  'QueueCallerJoin',
  'QueueCallerLeave',
  'QueueMemberStatus',
  'Registry',
  'Reload',
  'Rename',
  'Shutdown',
  'SoftHangupRequest',
  'UnParkedCall',
  'Unhold',
  'other',
];
