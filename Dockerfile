# The image of the jobs (`gateway.probeImage`): the command line alone. What is declared they mount, so that an image
# serves every configuration, and its digest can stand in one.
#
#   docker build --build-arg NODE_IMAGE=<a Debian-based image of Node 22 or 24, by digest> -t <registry>/lockstep-probes .
#
# No default: a digest belongs to a build that somebody has looked up and tested ("crane digest node:24-bookworm-slim").
ARG NODE_IMAGE

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node scripts/build.mjs

FROM ${NODE_IMAGE}
# Samples are taken from the request log in S3.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends awscli ca-certificates \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /build/dist /opt/lockstep
RUN ln -s /opt/lockstep/lockstep.js /usr/local/bin/lockstep
# As the pods demand: nobody (components/hardened.ts).
USER 65532:65532
WORKDIR /project
CMD ["lockstep", "--help"]
