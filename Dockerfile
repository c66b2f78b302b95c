# The image of the bridge: Node from the distribution, one bundled file, and nothing else of ours.
#   docker build -t asterisk-mqtt .                              Alpine: amd64, arm64, arm/v7, arm/v6
#   docker build -t asterisk-mqtt --build-arg RUNTIME=debian .   Debian
ARG RUNTIME=alpine
ARG ALPINE_BASE=alpine:3.23
ARG DEBIAN_BASE=debian:forky-slim

# What comes out of it runs on any architecture, so it runs on the builder's own.
FROM --platform=$BUILDPLATFORM node:24-alpine AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# No install scripts: the one of the package "node" would bring a Node that is not for Alpine.
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY build.js tsconfig.json ./
COPY src src
ARG REVISION
RUN node build.js $REVISION

FROM $ALPINE_BASE AS alpine
RUN apk add --no-cache nodejs tini

FROM $DEBIAN_BASE AS debian
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs tini \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/* /var/log/*

FROM $RUNTIME AS runtime
# By its name Node knows what it is, and looks for no package.json.
COPY --from=build /build/dist/main.cjs /app/asterisk-mqtt.cjs
COPY docker/main.cjs /app/
# What is young is collected often: 90 MB less at 200 calls a second, for 5 % more of the processor. And earlier releases of
# Node 24 warn of their SQLite. Options of V8 that are not taken from here, but in front of the file only, cost 17 ms of the
# start: the compiled code that Node has of itself is not for them.
ENV NODE_ENV=production \
    NODE_OPTIONS="--max-semi-space-size=1 --disable-warning=ExperimentalWarning"

# V8's compiled code of the bundle, for this architecture and this Node. What is compiled is what has run until the process
# ends, so the bridge runs until it is logged in and connected.
FROM runtime AS cache
USER 1000:1000
COPY docker/rehearsal.cjs docker/compile.cjs docker/main.cjs /tmp/
RUN DATA_DIR=/tmp/data HEARTBEAT_FILE=/tmp/heartbeat HTTP_HOST=127.0.0.1 \
    AMI_PORT=15038 AMI_USERNAME=nobody AMI_SECRET=nothing MQTT_URL=mqtt://127.0.0.1:11883 \
    node /tmp/rehearsal.cjs 15038 11883 /tmp/compile.cjs /app/asterisk-mqtt.cjs /tmp/asterisk-mqtt.cache

FROM runtime
COPY --from=cache --chown=0:0 /tmp/asterisk-mqtt.cache /app/
COPY docker/healthcheck LICENSE docs/asyncapi.yaml /app/
COPY docs/schemas /app/schemas
RUN mkdir -m 1777 /data

ENV DATA_DIR=/data HEARTBEAT_FILE=/dev/shm/asterisk-mqtt
VOLUME /data
# Where wiretap finds and leaves captures.
WORKDIR /captures
USER 1000:1000
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --start-interval=1s --retries=2 CMD ["/app/healthcheck"]
ENTRYPOINT ["tini", "--", "node", "/app/main.cjs"]

ARG VERSION=0.1.0
ARG REVISION
LABEL org.opencontainers.image.title="asterisk-mqtt" \
      org.opencontainers.image.description="Tells the calls of an Asterisk PBX to an MQTT broker, as JSON that needs no knowledge of telephony" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.source="https://github.com/asterisk-mqtt/asterisk-mqtt" \
      org.opencontainers.image.documentation="https://github.com/asterisk-mqtt/asterisk-mqtt#readme"
