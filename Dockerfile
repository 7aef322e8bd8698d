# A static binary in an image that has nothing else: no shell, no package manager, no root.
#
#   docker build -t assay .
#   docker run --rm -v assay:/data -p 8091:8091 assay miner --key.create --netuid 7 --subtensor.network test ...
#   docker run --rm -p 127.0.0.1:8480:8480 --no-healthcheck assay localnet --listen 0.0.0.0:8480

FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /out/assay ./cmd/assay && mkdir /out/data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/assay /assay
COPY --from=build --chown=65532:65532 /out/data /data
# Data lie below /data, whichever role runs; health and metrics stay inside the container.
ENV XDG_STATE_HOME=/data ASSAY_OPS_LISTEN=127.0.0.1:8092
VOLUME /data
USER 65532:65532
EXPOSE 8091
HEALTHCHECK --interval=30s --timeout=6s --start-period=30s CMD ["/assay", "health", "--live"]
ENTRYPOINT ["/assay"]
CMD ["--help"]
