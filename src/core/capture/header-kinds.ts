// What the value of a header can hold, by its key and by what the message has said before. A key that is not known
// here is free text, in which every word and number is replaced: better a fixture poorer than a person found.

/** How a value is read for what must be replaced. */
export type Kind =
  /** Of the protocol: stays as it is. */
  | 'keep'
  /** An id of a channel or bridge. */
  | 'id'
  | 'number'
  | 'name'
  | 'escaped-name'
  | 'text'
  | 'escaped-text'
  /** The name of a device: as text, but what looks like the end of a channel's name is none. */
  | 'device'
  /** Arguments of an application: options, contexts, timeouts among numbers and names. */
  | 'arguments'
  /** A sentence of Asterisk: only what is known from elsewhere is replaced. */
  | 'sentence'
  /** `NAME=value` */
  | 'variable'
  | 'secret'
  | 'digit'
  | 'challenge';

/** What the lines before this one have told of the message. */
export type MessageState = {
  event: string;
  application: string;
  variable: string;
};

export function newMessage(): MessageState {
  return { event: '', application: '', variable: '' };
}

/** Takes in what a line tells about those behind it. */
export function note(state: MessageState, key: string, value: string): void {
  if (key === 'Event') state.event = value;
  if (key === 'Application') state.application = value;
  if (key === 'Variable') state.variable = value;
}

export function kindOf(key: string, state: MessageState): Kind {
  if (SECRET.test(key) && key !== 'UsingPassword') return 'secret';
  const special = SPECIAL.get(key.toLowerCase())?.(state);
  if (special !== undefined) return special;
  const byEnd = ENDS.find(([end]) => end.test(key))?.[1];
  if (byEnd !== undefined) return byEnd;
  const isFree = state.event === 'UserEvent' && !FIXED.has(key);
  return isFree ? 'text' : (KINDS.get(key.toLowerCase()) ?? byPrefix(key));
}

/** The value of a channel variable. */
export function variableKind(name: string): Kind {
  if (SECRET.test(name) || SECRET_VARIABLE.test(name)) return 'secret';
  return PROTOCOL_VARIABLES.test(name) ? 'keep' : 'escaped-text';
}

/** The name of a variable stays, unless the dialplan has put a number in it. */
export function variableNameKind(name: string): Kind {
  return /\d/.test(name) ? 'sentence' : 'keep';
}

/** Whether a header names a context of the dialplan. */
export function isContext(key: string): boolean {
  return /Context$/.test(key);
}

const SECRET =
  /secret|passw|md5_?cred|token|authorization|oauth|api_?key|private_?key|credential|^key$/i;
const SECRET_VARIABLE = /pass|pin$|^pin|auth|card|cvv|^iban/i;

/** Asterisk's own variables, whose values are its own words and figures. */
const PROTOCOL_VARIABLES =
  /^(DIAL|QUEUE|VM|PLAYBACK|AGI|READ|BACKGROUND|SYSTEM|TXTADSIP)STATUS$|^HANGUPCAUSE$|^(ANSWERED|DIALED)TIME(_MS)?$|^RTP(AUDIO|VIDEO)QOS|^QUEUEPOSITION$|^QEORIGINALPOS$|^MACRO_(CONTEXT|PRIORITY)$/;

// PresenceStateChange carries a person's own words in `Message`, responses a sentence of Asterisk.
type ByState = (state: MessageState) => Kind | undefined;
const SPECIAL: ReadonlyMap<string, ByState> = new Map(
  Object.entries<ByState>({
    message: ({ event }) => (event === '' ? 'sentence' : 'text'),
    actionid: ({ event }) =>
      event === 'OriginateResponse' || event === 'UserEvent' ? 'text' : 'keep',
    value: ({ event, variable }) => (event === 'VarSet' ? variableKind(variable) : undefined),
    variable: ({ event, variable }) =>
      event === 'VarSet' ? variableNameKind(variable) : 'variable',
    appdata: dataKind,
    applicationdata: dataKind,
    data: dataKind,
    lastdata: dataKind,
    digit: () => 'digit',
    challenge: () => 'challenge',
  }),
);

const SECRET_APPLICATIONS: ReadonlySet<string> = new Set([
  'Authenticate',
  'VMAuthenticate',
  'DISA',
]);

function dataKind({ application }: MessageState): Kind {
  return SECRET_APPLICATIONS.has(application) ? 'secret' : 'arguments';
}

/** Snapshots repeat these keys under a dozen prefixes: DestCallerIDNum, TransfereeChannel, … */
const ENDS: readonly (readonly [RegExp, Kind])[] = [
  [/(?:unique|linked)id$|bridge(?:unique)?id$|bridgevideosource$/i, 'id'],
  [/(?:CallerID|ConnectedLine)Num$/, 'number'],
  [/(?:CallerID|ConnectedLine)Name$/, 'escaped-name'],
  [/ChanVariable$/, 'variable'],
  [
    /(?:ChannelState|ChannelStateDesc|Language|Context|Priority|BridgeType|BridgeTechnology|BridgeCreator|BridgeNumChannels|BridgeVideoSourceMode)$/,
    'keep',
  ],
  [/Exten$/, 'number'],
];

/** Of a UserEvent's headers, those that are not the dialplan's own. */
const FIXED: ReadonlySet<string> = new Set(['Event', 'Privilege', 'Timestamp', 'UserEvent']);

const KEPT = `event response privilege timestamp sequencenumber file line func eventlist listitems application cause
  cause-txt techcause dialstatus class state devicestate channeltype peerstatus contactstatus roundtripusec uptime
  lastreload restart shutdown status statustext subtype direction durationms reason result isexternal desttype destapp
  waiting new old position count originalposition holdtime talktime ringtime penalty callstaken lastcall lastpause
  logintime incall paused ringinuse wrapuptime membership amaflags duration billableseconds disposition starttime
  answertime endtime eventtime eventname parkinglot parkingtimeout parkingduration module version sequence
  cid-callingpres localoptimization success id admin muted talkingstatus marked seconds type ping amiversion
  asteriskversion timetohangup nativeformats readformat readtrans writeformat writetrans callgroup pickupgroup events
  entries time port transport strategy max calls completed abandoned servicelevel servicelevelperf servicelevelperf2
  weight wait userevent presentity usertype musicclass queuerealtime privileged bridgetechnology pt ssrc rtt sent mes
  reportcount sentntp sentrtp sentpackets sentoctets eventtv sessiontv eventversion severity service usingpassword
  appfile appfunction appline oldstate newstate mode callid priorcallid`;

const NUMBERS = `exten extension calleridani calleridrdnis calleriddnid dnid source destination parkingspace digits
  effectiveconnectedlinenum calleridnum`;

const NAMES =
  'calleridname calleridtext callerid membername name agent agentname effectiveconnectedlinename';

const DEVICES = 'device peer interface stateinterface location hint endpointname aor endpoint';

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ...entries(KEPT, 'keep'),
  ...entries(NUMBERS, 'number'),
  ...entries(NAMES, 'name'),
  ...entries(DEVICES, 'device'),
  ['extra', 'arguments'],
]);

function entries(keys: string, kind: Kind): readonly (readonly [string, Kind])[] {
  return keys.split(/\s+/).map((key) => [key, kind]);
}

/** Figures of CoreStatus, CoreSettings and the reports of RTCP. */
function byPrefix(key: string): Kind {
  return /^(?:Core|Report\d+)[A-Z]/.test(key) ? 'keep' : 'text';
}
