# Snug in a container: one binary, one volume. Works with any builder (no BuildKit-only syntax).
#   docker build -t snug . && docker run -p 8080:8080 -v snug:/data snug
# Where no registry can be reached, scripts/docker-base-images makes both base images; pass them as --build-arg.
ARG BUILD_IMAGE=rust:1.95-bookworm
ARG RUN_IMAGE=debian:bookworm-slim

FROM ${BUILD_IMAGE} AS build
WORKDIR /snug
# The dependencies first, in a layer of their own: they take most of the time and change seldom.
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
# The manifest names these.
COPY benches benches
COPY examples examples
RUN mkdir src && touch src/lib.rs && echo 'fn main() {}' > src/main.rs && cargo build --release --locked --bin snug
COPY . .
# Copied files keep their old times; cargo must see that they are newer than the empty ones.
RUN touch src/lib.rs src/main.rs && cargo build --release --locked --bin snug

FROM ${RUN_IMAGE}
LABEL org.opencontainers.image.title="Snug" \
      org.opencontainers.image.description="Self-hosted team chat in one binary" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
# A number without a name: nothing in the image needs a user's name. 0700: the folder holds the secrets made on first start.
RUN install -d -o 10001 -g 10001 -m 0700 /data
COPY --from=build /snug/target/release/snug /usr/local/bin/snug
USER 10001:10001
ENV SNUG_DATA_DIR=/data \
    SNUG_BIND=0.0.0.0:8080
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s --retries=3 CMD ["/usr/local/bin/snug", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/snug"]
