/** The bundles of `lockstep preview`: the protocol between its processes, and a stack's whole evaluation in one. */
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { sdkBundle } from "./sdkBundle.mjs";

const modules = [
  "@grpc/grpc-js",
  "google-protobuf/google/protobuf/empty_pb",
  "google-protobuf/google/protobuf/struct_pb",
  ...["analyzer_grpc_pb", "analyzer_pb", "engine_grpc_pb", "engine_pb", "plugin_pb"].map(proto),
  ...["provider_pb", "resource_grpc_pb", "resource_pb"].map(proto),
];

function proto(name) {
  return `@pulumi/pulumi/proto/${name}`;
}

/** In the command line's own bundle: the protocol's modules are taken out of dist/rpc.js. */
export const protocol = {
  name: "protocol",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(@grpc\/grpc-js|google-protobuf\/.*|@pulumi\/pulumi\/proto\/.*)$/ }, ({ path }) =>
      modules.includes(path) ? { path, namespace: "protocol" } : undefined,
    );
    onResolve({ filter: /^\.\/rpc\.js$/ }, () => ({ path: "./rpc.js", external: true }));
    onLoad({ filter: /.*/, namespace: "protocol" }, ({ path }) => ({
      contents: `module.exports = require("./rpc.js")[${JSON.stringify(path)}];`,
    }));
  },
};

const evaluation = `
// The SDK takes a stack trace for each promise, and a bundle's traces are for nobody.
Error.stackTraceLimit = 0;
const run = (loaded, runner) => () => { globalThis.lockstepBundled = loaded; runner(); };
require("./preview/oneProcess.ts").evaluateHere({
  program: run(() => require("./index.ts"), () => require("@pulumi/pulumi/cmd/run")),
  pack: run(() => require("./policies/index.ts"), () => require("@pulumi/pulumi/cmd/run-policy-pack")),
}, process.argv.slice(2));`;

/** Program, pack and what answers them are in one process: messages without sockets. */
const loopback = (root) => ({
  name: "loopback",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^@grpc\/grpc-js$/ }, () => ({ path: join(root, "preview", "loopback.ts") })),
});

export async function writePreviewBundles({ root, dist, common, plugins, startOf }) {
  const { installedDigest, manifestName, sourcesDigest } = await digests(root, common);
  const sources = sourcesDigest(root);
  const inputs = new Set();
  const bundle = async (name, contents, { more = [], ...options } = {}) => {
    const { metafile } = await build({
      ...common,
      stdin: { contents, resolveDir: root, loader: "js" },
      outfile: `dist/${name}.main.js`,
      plugins: [...more, ...plugins],
      metafile: true,
      minify: true,
      // The SDK and zod read names of classes and functions.
      keepNames: true,
    });
    for (const path of Object.keys(metafile.inputs)) inputs.add(path);
    await startOf(name, `${name}.main`, options);
  };
  const entries = modules.map((one) => `${JSON.stringify(one)}: require(${JSON.stringify(one)})`);
  await bundle("rpc", `module.exports = { ${entries.join(", ")} };`);
  inputs.clear();
  await bundle("stack", evaluation, {
    more: [loopback(root), sdkBundle],
    isShortLived: true,
  });
  // For the engine, which runs the pack with the project's own SDK.
  await build({
    ...common,
    entryPoints: ["policies/index.ts"],
    outfile: "dist/enginePolicies.js",
    external: ["@pulumi/*"],
    plugins,
    minify: true,
    keepNames: true,
  });
  await build({
    ...common,
    entryPoints: ["preview/enginePack.ts"],
    outfile: "dist/enginePack.js",
  });
  const manifest = {
    sources,
    installed: installedDigest(root),
    packages: [...inputs]
      .filter((path) => path.includes("node_modules/"))
      .map((path) => ofPackage(root, path)),
  };
  // Edited while it was bundled, or installed without npm's record: then the sources are run.
  if (sources === undefined || sources !== sourcesDigest(root) || manifest.installed === undefined) return;
  writeFileSync(join(dist, manifestName), JSON.stringify(manifest));
}

/** A package's file as the project sees it: node_modules may be a link. */
function ofPackage(root, input) {
  const path = input.slice(input.indexOf("node_modules/"));
  const { size, mtimeMs } = statSync(join(root, path));
  return [path, size, mtimeMs];
}

/** The preview's own reading of what it compares with: one implementation. */
async function digests(root, common) {
  const { outputFiles } = await build({
    ...common,
    entryPoints: [join(root, "preview", "bundle.ts")],
    format: "esm",
    write: false,
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire("/");' },
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}
