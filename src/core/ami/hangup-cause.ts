// The hangup causes of Asterisk (include/asterisk/causes.h, names and numbers of ITU-T Q.850), each with a sentence
// for people who know no telephony.

/** Asterisk's names, lower-case. */
export const HANGUP_CAUSES = {
  0: ['not_defined', 'No cause was given'],
  1: ['unallocated', 'The number does not exist'],
  2: ['no_route_transit_net', 'There is no route through the transit network'],
  3: ['no_route_destination', 'There is no route to the destination'],
  5: ['misdialled_trunk_prefix', 'The trunk prefix was dialled wrongly'],
  6: ['channel_unacceptable', 'The channel is not acceptable'],
  7: ['call_awarded_delivered', 'The call was delivered in an established channel'],
  8: ['pre_empted', 'The call gave way to a more important one'],
  14: ['number_ported_not_here', 'The number was moved to another provider'],
  16: ['normal_clearing', 'The call was hung up normally by one of the parties'],
  17: ['user_busy', 'The destination was busy'],
  18: ['no_user_response', "The destination's phone did not respond"],
  19: ['no_answer', 'Nobody answered the call'],
  20: ['subscriber_absent', "The destination's phone is not registered"],
  21: ['call_rejected', 'The call was declined'],
  22: ['number_changed', 'The number has changed'],
  23: ['redirected_to_new_destination', 'The call was redirected to another destination'],
  26: ['answered_elsewhere', 'The call was answered elsewhere'],
  27: ['destination_out_of_order', 'The destination is out of order'],
  28: ['invalid_number_format', 'The number is incomplete or has an invalid format'],
  29: ['facility_rejected', 'The network rejected a requested facility'],
  30: ['response_to_status_enquiry', 'The network answered a status enquiry'],
  31: ['normal_unspecified', 'The call ended normally, for no particular reason'],
  34: ['normal_circuit_congestion', 'All lines are busy'],
  38: ['network_out_of_order', 'The network is out of order'],
  41: ['normal_temporary_failure', 'The network failed for the moment'],
  42: ['switch_congestion', 'The switching equipment is overloaded'],
  43: ['access_info_discarded', 'Access information was discarded'],
  44: ['requested_chan_unavail', 'The requested line is not available'],
  50: ['facility_not_subscribed', 'The requested facility is not subscribed'],
  52: ['outgoing_call_barred', 'Outgoing calls are barred'],
  54: ['incoming_call_barred', 'Incoming calls are barred'],
  57: ['bearercapability_notauth', 'The kind of connection is not authorised'],
  58: ['bearercapability_notavail', 'The kind of connection is not available now'],
  65: ['bearercapability_notimpl', 'The kind of connection is not implemented'],
  66: ['chan_not_implemented', 'The kind of channel is not implemented'],
  69: ['facility_not_implemented', 'The requested facility is not implemented'],
  81: ['invalid_call_reference', 'The network does not know the call'],
  88: ['incompatible_destination', 'The destination is not compatible'],
  95: ['invalid_msg_unspecified', 'A signalling message was invalid'],
  96: ['mandatory_ie_missing', 'A signalling message lacked a mandatory part'],
  97: ['message_type_nonexist', 'A signalling message was of an unknown type'],
  98: ['wrong_message', 'A signalling message came at the wrong time'],
  99: ['ie_nonexist', 'A signalling message had an unknown part'],
  100: ['invalid_ie_contents', 'A part of a signalling message was invalid'],
  101: ['wrong_call_state', 'A signalling message did not fit the state of the call'],
  102: ['recovery_on_timer_expire', 'The network gave up waiting'],
  103: ['mandatory_ie_length_error', 'A part of a signalling message had the wrong length'],
  111: ['protocol_error', 'The signalling protocol was broken'],
  127: ['interworking', 'The call ended for a reason of another network'],
} as const satisfies Readonly<Record<number, readonly [name: string, sentence: string]>>;

export type CauseName = (typeof HANGUP_CAUSES)[keyof typeof HANGUP_CAUSES][0];

/** Asterisk's name of a cause, lower-case; `undefined` where it has none. */
export function causeName(code: number): CauseName | undefined {
  return isKnown(code) ? HANGUP_CAUSES[code][0] : undefined;
}

/** One plain sentence for a cause, by its name. */
export const CAUSE_SENTENCES: Readonly<Record<CauseName, string>> = Object.fromEntries(
  Object.values(HANGUP_CAUSES),
) as Record<CauseName, string>; // fromEntries forgets the keys

function isKnown(code: number): code is keyof typeof HANGUP_CAUSES {
  return Object.hasOwn(HANGUP_CAUSES, code);
}
