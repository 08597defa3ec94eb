import { expect, it } from "vitest";
import { imagesPinned } from "../../../policies/stack/images-pinned";
import { fullFiles, override, replace } from "../../shipped";
import { judged, place, production, project, staging } from "./judged";

const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const shippedImage = `ghcr.io/berriai/litellm:v1.106.2@${digest}`;
const image = (name: string) => replace(project, `image: ${shippedImage}`, `image: ${name}`);

it.each([
  `ghcr.io/berriai/litellm@${digest}`,
  `ghcr.io/berriai/litellm:latest@${digest}`,
  `localhost:5000/litellm@${digest}`,
])("images-pinned accepts %s", (name) => {
  expect(judged(imagesPinned, [image(name)])).toEqual([]);
});

it.each([
  ["ghcr.io/berriai/litellm:latest", "the tag latest"],
  ["ghcr.io/berriai/litellm:v1.106.2", "the tag v1.106.2, which can be moved"],
  ["localhost:5000/litellm", "no tag and no digest, which means latest"],
  [
    `ghcr.io/berriai/litellm@${digest.slice(0, -1)}`,
    "a digest that is not sha256 with 64 hexadecimal digits",
  ],
  [
    `ghcr.io/berriai/litellm@${digest.replace("256", "512")}`,
    "a digest that is not sha256 with 64 hexadecimal digits",
  ],
])("images-pinned refuses %s, once for both environments", (name, why) => {
  expect(judged(imagesPinned, [image(name)])).toEqual([
    {
      rule: "images-pinned",
      status: "violation",
      object: "gateway.image",
      path: "gateway.image",
      found: `"${name}": ${why}`,
      allowed: "registry/repository@sha256:… with the digest of one build",
      remedy: "Look up the digest of the build that was tested and write it after an @.",
      at: place(project, "lockstep:gateway:\n", "image:"),
    },
  ]);
});

it("images-pinned judges the probes' image too", () => {
  const edits = [
    replace(
      project,
      "probeImage: ghcr.io/example/lockstep-probes@sha256:fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210",
      "probeImage: ghcr.io/example/lockstep-probes:v1",
    ),
  ];
  expect(judged(imagesPinned, edits).map(({ path, found, at }) => [path, found, at])).toEqual([
    [
      "gateway.probeImage",
      '"ghcr.io/example/lockstep-probes:v1": the tag v1, which can be moved',
      place(project, "lockstep:gateway:\n", "probeImage:"),
    ],
  ]);
});

it("images-pinned names the environment whose own file has the image", () => {
  const one = [override("production", "gateway", `image: ${shippedImage}`, "image: litellm:v1")];
  expect(judged(imagesPinned, one).map(({ object, at }) => [object, at])).toEqual([
    ["production's gateway.image", place(production, "lockstep:gateway:\n", "image:", one)],
  ]);
  const two = [
    fullFiles(),
    ...[staging, production].map((file) => replace(file, `image: ${shippedImage}`, "image: litellm:v1")),
  ];
  expect(judged(imagesPinned, two).map(({ object, at }) => [object, at])).toEqual([
    ["staging's gateway.image", place(staging, "lockstep:gateway:\n", "image:", two)],
    ["production's gateway.image", place(production, "lockstep:gateway:\n", "image:", two)],
  ]);
});
