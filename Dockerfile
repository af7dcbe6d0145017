# syntax=docker/dockerfile:1
FROM rust:1.95-bookworm AS build
# librdkafka and its OpenSSL are compiled from source: cmake for the one, perl (in the image) for the other.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends cmake \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
# The caches outlive the layer: a second build compiles only what changed. The binary leaves the
# cache in the same step, because a cache mount is gone in the next one.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked \
 && install -D target/release/tenure /out/tenure

FROM debian:bookworm-slim
# The roots that webhooks and object stores are checked against.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /var/lib/tenure --shell /usr/sbin/nologin tenure \
 && install -d -o tenure -g tenure -m 0750 /var/lib/tenure /etc/tenure
COPY --from=build /out/tenure /usr/local/bin/tenure
USER 10001
WORKDIR /var/lib/tenure
VOLUME /var/lib/tenure
EXPOSE 8480
STOPSIGNAL SIGTERM
# Bash opens the socket itself: no curl, hence nothing to patch.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8480 && printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
ENTRYPOINT ["tenure"]
CMD ["run", "-c", "/etc/tenure/tenure.toml"]
