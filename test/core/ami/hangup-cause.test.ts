import { describe, expect, it } from 'vitest';
import { CAUSE_SENTENCES, causeName, HANGUP_CAUSES } from '../../../src/core/ami/hangup-cause.ts';

/** include/asterisk/causes.h, without the prefix of its names. */
const ASTERISK = `
  0 NOT_DEFINED, 1 UNALLOCATED, 2 NO_ROUTE_TRANSIT_NET, 3 NO_ROUTE_DESTINATION, 5 MISDIALLED_TRUNK_PREFIX,
  6 CHANNEL_UNACCEPTABLE, 7 CALL_AWARDED_DELIVERED, 8 PRE_EMPTED, 14 NUMBER_PORTED_NOT_HERE, 16 NORMAL_CLEARING,
  17 USER_BUSY, 18 NO_USER_RESPONSE, 19 NO_ANSWER, 20 SUBSCRIBER_ABSENT, 21 CALL_REJECTED, 22 NUMBER_CHANGED,
  23 REDIRECTED_TO_NEW_DESTINATION, 26 ANSWERED_ELSEWHERE, 27 DESTINATION_OUT_OF_ORDER, 28 INVALID_NUMBER_FORMAT,
  29 FACILITY_REJECTED, 30 RESPONSE_TO_STATUS_ENQUIRY, 31 NORMAL_UNSPECIFIED, 34 NORMAL_CIRCUIT_CONGESTION,
  38 NETWORK_OUT_OF_ORDER, 41 NORMAL_TEMPORARY_FAILURE, 42 SWITCH_CONGESTION, 43 ACCESS_INFO_DISCARDED,
  44 REQUESTED_CHAN_UNAVAIL, 50 FACILITY_NOT_SUBSCRIBED, 52 OUTGOING_CALL_BARRED, 54 INCOMING_CALL_BARRED,
  57 BEARERCAPABILITY_NOTAUTH, 58 BEARERCAPABILITY_NOTAVAIL, 65 BEARERCAPABILITY_NOTIMPL, 66 CHAN_NOT_IMPLEMENTED,
  69 FACILITY_NOT_IMPLEMENTED, 81 INVALID_CALL_REFERENCE, 88 INCOMPATIBLE_DESTINATION, 95 INVALID_MSG_UNSPECIFIED,
  96 MANDATORY_IE_MISSING, 97 MESSAGE_TYPE_NONEXIST, 98 WRONG_MESSAGE, 99 IE_NONEXIST, 100 INVALID_IE_CONTENTS,
  101 WRONG_CALL_STATE, 102 RECOVERY_ON_TIMER_EXPIRE, 103 MANDATORY_IE_LENGTH_ERROR, 111 PROTOCOL_ERROR,
  127 INTERWORKING`
  .split(',')
  .map((row) => row.trim().split(' '))
  .map(([code = '', name = '']) => [Number(code), name.toLowerCase()] as const);

describe('the hangup causes', () => {
  it.each(ASTERISK)('%i is %s, and a sentence says what that means', (code, name) => {
    expect(causeName(code)).toBe(name);
    const sentence = (CAUSE_SENTENCES as Readonly<Record<string, string>>)[name] ?? '';
    expect(sentence).toMatch(/^[A-Z][^.]{10,}[^.]$/);
  });

  it("are all of Asterisk's, and no others", () => {
    expect(Object.keys(HANGUP_CAUSES).map(Number)).toEqual(ASTERISK.map(([code]) => code));
    for (const code of [-1, 4, 15, 39, 126, 128, Number.NaN])
      expect(causeName(code)).toBeUndefined();
  });

  it('each have a sentence of their own', () => {
    expect(new Set(Object.values(CAUSE_SENTENCES)).size).toBe(ASTERISK.length);
  });
});
