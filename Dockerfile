# The image of the mirror labeler: one static binary and nothing else. docs/labeler.md says how to build and use it.

ARG RUST=1.95

# On musl, Rust links everything into the binary, the C library included. One of the crates (ring) has parts in C and
# assembler, which need a compiler and musl's headers.
FROM rust:${RUST}-alpine AS build
RUN apk add --no-cache gcc musl-dev binutils
WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY benches benches
COPY crates crates
COPY src src
COPY state state
COPY tests/it tests/it
ENV RUSTFLAGS="-C target-feature=+crt-static"
RUN cargo build --release --locked --package iriskit --bin iriskit
# A library that has to be found at start would be missing below.
RUN ! readelf --dynamic target/release/iriskit | grep NEEDED

FROM scratch
COPY LICENSE /LICENSE
COPY --from=build /build/target/release/iriskit /iriskit
# Any number but 0 and 51773, under which IRIS runs: the labeler reads what IRIS wrote, and must not be able to signal its
# processes or change its files. There is no /etc/passwd here, so it is a number.
USER 65532:65532
ENTRYPOINT ["/iriskit"]
CMD ["mirror-labeler"]
