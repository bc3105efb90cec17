# syntax=docker/dockerfile:1
# Two stages: the bundle is made where npm is, and only the bundle goes where it runs. Both images are named by tag, the
# active LTS of Node.js, which dependabot updates. A build by digest: --build-arg NODE_IMAGE=node:26-bookworm-slim@sha256:…
# The provenance of a release has the digests that its build used.
ARG NODE_IMAGE=node:26-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/nodejs26-debian13:nonroot

# Built on the machine's own platform: the bundle is the same JavaScript on all of them.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS bundle
ARG SOURCE_DATE_EPOCH
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY scripts ./scripts
COPY charts/slicehints/files ./charts/slicehints/files
COPY src ./src
RUN npm run bundle

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="slicehints" \
      org.opencontainers.image.description="Decides which endpoints each zone and node should use, and writes topology hints into EndpointSlices" \
      org.opencontainers.image.source="https://github.com/slicehints/slicehints" \
      org.opencontainers.image.documentation="https://github.com/slicehints/slicehints#readme" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=bundle /src/bundle/ /app/
COPY LICENSE /app/
USER 65532:65532
EXPOSE 8080 8081 9443
# Node is PID 1 and has handlers for SIGTERM and SIGINT from the start; there is no shell, and nothing is ever written to the disk.
ENTRYPOINT ["/nodejs/bin/node", "/app/main.js"]
CMD ["--help"]
