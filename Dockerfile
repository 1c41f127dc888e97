# The Hub as an image. Build:
#   docker build -t stk .
# Run, following a repository by URL, with the state (mirror, last-known-good, embedded databases) in a volume:
#   docker run --rm -p 8080:8080 -v stk-state:/var/lib/stk \
#     -e STK_GIT_TOKEN -e PROD_DATABASE_URL -e JWT_SECRET \
#     stk hub --repo https://git.example.com/shop.git --env prod --listen 0.0.0.0:8080 --state /var/lib/stk
# A listener that is not loopback needs `auth` in stk.yaml or --auth-file (or --open, said aloud).
# Node 26 is the current LTS line; source and tests run from 20.19 on.
FROM node:26-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# Scripts come after the sources: `prepare` compiles them.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY schemas schemas
COPY src src
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:26-bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends git openssh-client gnupg ca-certificates tini \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/package.json ./package.json
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY schemas schemas
COPY LICENSE ./
RUN ln -s /app/dist/main.js /usr/local/bin/stk \
 && mkdir -p /var/lib/stk && chown node:node /var/lib/stk && chmod 0700 /var/lib/stk
ENV NODE_ENV=production
USER node
VOLUME /var/lib/stk
EXPOSE 8080
# Alive, not ready: a Hub that waits for its database must not be restarted for it. Set STK_HEALTH_URL when
# --listen names another port.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(process.env.STK_HEALTH_URL ?? 'http://127.0.0.1:8080/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# tini reaps what git leaves behind and passes SIGTERM on; the Hub then finishes calls in flight within 10 s.
ENTRYPOINT ["tini", "--", "stk"]
CMD ["hub", "--help"]
