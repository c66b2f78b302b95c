// The one error class of the connector, and the table of everything that can go wrong: what an operator should do
// about it (`hint`) and whether trying again by itself can help (`retryable`). docs/errors.md is made from this table.

export const ERRORS = {
  AMI_UNREACHABLE: {
    retryable: true,
    hint: 'Is Asterisk running, "enabled = yes" in manager.conf, and AMI_HOST and AMI_PORT right and open to this container?',
  },
  AMI_NOT_ASTERISK: {
    retryable: true,
    hint: 'Something else than the Asterisk Manager Interface answers there. Compare AMI_HOST and AMI_PORT with "bindaddr" and "port" in manager.conf.',
  },
  AMI_NO_BANNER: {
    retryable: true,
    hint: 'Is it Asterisk that listens there, and does AMI_TLS match the port (5038 plain, 5039 TLS)? It also stays silent at "authlimit" and while another AMI session is stalled.',
  },
  AMI_TLS_FAILED: {
    retryable: true,
    hint: 'Pin the certificate with AMI_TLS_CA_FILE or AMI_TLS_FINGERPRINT, and check that AMI_PORT is the TLS port ("tlsbindaddr" in manager.conf).',
  },
  AMI_LOGIN_REJECTED: {
    retryable: false,
    hint: 'Compare AMI_USERNAME and AMI_SECRET with manager.conf, and the address of this container with its "permit" and "deny".',
  },
  AMI_LOGIN_IN_USE: {
    retryable: false,
    hint: 'Another session uses this AMI user and "allowmultiplelogin = no" is set in manager.conf. Give the bridge an AMI user of its own.',
  },
  AMI_SILENT: {
    retryable: true,
    hint: 'Asterisk did not answer in time. Is the network between the bridge and the PBX whole, and Asterisk not overloaded?',
  },
  AMI_DISCONNECTED: {
    retryable: true,
    hint: 'It was restarted, somebody typed "manager kick session", or it found this reader slower than "writetimeout" in manager.conf.',
  },
  AMI_ACTION_INVALID: {
    retryable: false,
    hint: 'A key or value for the Asterisk Manager Interface held a line break or NUL, or was too long; it was not sent.',
  },
  MQTT_UNREACHABLE: {
    retryable: true,
    hint: 'Is the broker running, and MQTT_URL right and open to this container?',
  },
  MQTT_NOT_A_BROKER: {
    retryable: true,
    hint: 'Something else than an MQTT broker answers there. Compare the scheme, the port and (for ws:// and wss://) the path of MQTT_URL with the listeners of the broker.',
  },
  MQTT_TLS_FAILED: {
    retryable: true,
    hint: 'Check MQTT_TLS_CA_FILE, MQTT_TLS_CERT_FILE and MQTT_TLS_KEY_FILE, and that the name in MQTT_URL is the one in the certificate.',
  },
  MQTT_LOGIN_REJECTED: {
    retryable: false,
    hint: 'Compare MQTT_USERNAME and MQTT_PASSWORD with the users of the broker.',
  },
  MQTT_CONNECT_REFUSED: {
    retryable: true,
    hint: 'The broker answers, but does not take this connection: too busy, a client id that it does not accept, or a feature that it lacks. Its log says why.',
  },
  MQTT_PROTOCOL_REFUSED: {
    retryable: false,
    hint: 'The broker does not speak this MQTT version. Set MQTT_PROTOCOL_VERSION=auto.',
  },
  MQTT_CLIENT_ID_TAKEN: {
    retryable: true,
    hint: 'Another client connected with the same MQTT_CLIENT_ID. Give each client an id of its own.',
  },
  MQTT_DISCONNECTED: {
    retryable: true,
    hint: 'The log of the broker says why.',
  },
  MQTT_SILENT: {
    retryable: true,
    hint: 'The broker did not answer in time. Is the network whole, and the broker not overloaded?',
  },
  MQTT_PUBLISH_DENIED: {
    retryable: true,
    hint: 'The broker does not let this user publish there now. Compare its access list and quotas with MQTT_TOPIC_PREFIX.',
  },
  MQTT_PUBLISH_REFUSED: {
    retryable: false,
    hint: 'The broker will never take this message: too large, or a topic that it does not accept.',
  },
  HTTP_LISTEN_FAILED: {
    retryable: false,
    hint: 'Is HTTP_PORT used by another program? Set another one, or 0 to turn the HTTP server off.',
  },
  DATA_DIR_UNWRITABLE: {
    retryable: false,
    hint: 'Give the folder to the user of the process (in the image 1000:1000, or what "user:" or --user says), free some space, or leave DATA_DIR empty.',
  },
  DATA_DIR_IN_USE: {
    retryable: false,
    hint: 'One bridge per folder: stop the other one, or give each a DATA_DIR of its own.',
  },
  OUTBOX_TOO_NEW: {
    retryable: false,
    hint: 'Go back to the newer version of asterisk-mqtt; or move outbox.sqlite out of DATA_DIR, which gives up the undelivered events in it.',
  },
  OUTBOX_UNOPENABLE: {
    retryable: false,
    hint: 'Check that outbox.sqlite in DATA_DIR belongs to the user of the process and that the disk is whole and has room; or move it out of DATA_DIR, which gives up the undelivered events in it.',
  },
  OUTBOX_DISK_FAILED: {
    retryable: true,
    hint: 'Is the disk of DATA_DIR full, read-only or broken? What happens until it works again is lost where the process ends.',
  },
  CONFIG_INVALID: {
    retryable: false,
    hint: 'Mend the settings named above; docs/configuration.md lists them all.',
  },
  CAPTURE_UNREADABLE: {
    retryable: false,
    hint: 'Is the path right, and the file one that "wiretap capture" wrote?',
  },
  CAPTURE_UNWRITABLE: {
    retryable: false,
    hint: 'Check that the folder is there and writable for this user, that the disk is not full, and that no capture of that name exists.',
  },
  REPLAY_LISTEN_FAILED: {
    retryable: false,
    hint: 'Is the port used by another program? Give another one with --port, or --port 0 for any free one.',
  },
  USAGE: { retryable: false, hint: 'Try --help.' },
} as const satisfies Record<string, { retryable: boolean; hint: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** Everything this program throws on purpose. `message` is for people and never holds a secret; `code` is for programs. */
export class ConnectorError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'ConnectorError';
    this.code = code;
  }

  get hint(): string {
    return ERRORS[this.code].hint;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }
}
