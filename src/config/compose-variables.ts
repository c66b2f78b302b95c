// What docker-compose.yml reads from .env for itself. The bridge does not know these; they stand in .env.example so that
// one file holds everything.

export type ComposeVariable = {
  readonly desc: string;
  /** As docker-compose.yml has it. */
  readonly default: string;
};

export const COMPOSE_VARIABLES: Readonly<Record<string, ComposeVariable>> = {
  BRIDGE_IMAGE: {
    desc: 'Image of the bridge. Where it cannot be pulled it is built from this folder.',
    default: 'ghcr.io/asterisk-mqtt/asterisk-mqtt:latest',
  },
  RUNTIME: {
    desc: 'What an image that is built here stands on: alpine or debian.',
    default: 'alpine',
  },
  BRIDGE_USER: {
    desc: 'User and group that the bridge runs as, as numbers. A folder of yours in place of the volume for /data must belong to them.',
    default: '1000:1000',
  },
  BRIDGE_MEMORY: {
    desc: 'Memory that the bridge may use. The outbox in memory takes about an eighth of it at the most.',
    default: '256m',
  },
  HTTP_PUBLISH: {
    desc: 'Where /metrics and /health are to be had outside of the container: address:port, or a port for every address.',
    default: '127.0.0.1:8000',
  },
  MOSQUITTO_PUBLISH: {
    desc: 'Where the broker of the profiles broker and lab is to be had: address:port, or a port for every address.',
    default: '1883',
  },
  PROMETHEUS_PUBLISH: {
    desc: 'Where Prometheus is to be had (profile monitoring).',
    default: '127.0.0.1:9090',
  },
  PROMETHEUS_RETENTION: {
    desc: 'How long Prometheus keeps what it has scraped.',
    default: '30d',
  },
  GRAFANA_PUBLISH: {
    desc: 'Where Grafana is to be had (profile grafana).',
    default: '127.0.0.1:3000',
  },
  GRAFANA_PASSWORD: {
    desc: 'Password of the user admin of Grafana, at its first start.',
    default: 'admin',
  },
  PROMETHEUS_IMAGE: { desc: 'Image of Prometheus.', default: 'prom/prometheus:latest' },
  GRAFANA_IMAGE: { desc: 'Image of Grafana.', default: 'grafana/grafana:latest' },
  LAB_ASTERISK_IMAGE: {
    desc: 'Image of the Asterisk of the lab; it is built from docker/asterisk.',
    default: 'asterisk-mqtt-lab-asterisk:22',
  },
  LAB_PHONES_IMAGE: {
    desc: 'Image of the phones of the lab; it is built from docker/phones.',
    default: 'asterisk-mqtt-lab-phones:latest',
  },
  ENV_FILE: {
    desc: 'The file with the settings of the bridge. One for each PBX, where one machine has several: docs/docker.md.',
    default: '.env',
  },
};
