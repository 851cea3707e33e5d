# syntax=docker/dockerfile:1
# The program as one file, and the five libraries that it needs; nothing else, and no shell.
#
#   docker build -t walq .
#   docker run --read-only --cap-drop ALL -p 127.0.0.1:9099:9099 \
#     -v walq:/var/lib/walq -v ./walq.yaml:/etc/walq/walq.yaml:ro walq
#
# In walq.yaml: `server: { listen: ":9099" }` and `queue: { data_path: /var/lib/walq }`.
# SIGTERM sends for --shutdown-grace; give the container more (`docker stop -t 40`).

FROM --platform=$BUILDPLATFORM node:26-bookworm-slim AS build
ARG TARGETARCH=amd64
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run -s build:binaries -- --only linux-$(echo $TARGETARCH | sed s/amd64/x64/)
RUN cp build/binaries/walq-linux-* /walq

FROM debian:bookworm-slim AS root
COPY ops/image/make_root.sh /make_root.sh
COPY LICENSE /LICENSE
COPY --from=build /src/build/binaries/program/walq/LICENSES.txt /LICENSES.txt
COPY --from=build /walq /walq
RUN sh /make_root.sh /walq /image

FROM scratch
COPY --from=root /image /
ENV PATH=/usr/bin
USER 65532:65532
WORKDIR /var/lib/walq
VOLUME /var/lib/walq
EXPOSE 9099
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
  CMD ["/usr/bin/walq", "health", "--config", "/etc/walq/walq.yaml"]
ENTRYPOINT ["/usr/bin/walq"]
CMD ["run", "--config", "/etc/walq/walq.yaml", "--shutdown-grace", "30s"]
