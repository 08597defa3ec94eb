/**
 * What is bundled of the Pulumi SDK for the embedded preview: its own runners, and all that a program and a pack reach
 * at run time. What only other commands of the SDK need is left out, and fails with its name where it is called after
 * all: the preview then runs the sources instead.
 */
import { readFileSync } from "node:fs";

const leftOut = [
  // Programs that run Pulumi.
  /\/@pulumi\/pulumi\/automation\/index\.js$/,
  // Functions as values (lambdas, dynamic providers) and, for them, the TypeScript compiler and npm.
  /\/@pulumi\/pulumi\/runtime\/closure\/(serializeClosure|codePaths)\.js$/,
  /\/@pulumi\/pulumi\/typescript-shim\.js$/,
  /\/node_modules\/typescript\/lib\/typescript\.js$/,
  // Providers written with the SDK.
  /\/@pulumi\/pulumi\/provider\/(server|experimental\/index)\.js$/,
  // Tracing, but for its interface.
  /\/@opentelemetry\/(core|exporter-[\w-]+|instrumentation[\w-]*|resources|sdk-[\w-]+)\/build\/src\/index\.js$/,
];

/** Edits of the SDK's text; one that no longer fits its file ends the build. */
const edits = [
  // The program is in the bundle, not on the path.
  [/\/cmd\/(run|run-policy-pack)\/run\.js$/, " = require(program);", " = globalThis.lockstepBundled();"],
  // The bundle is JavaScript: no ts-node.
  [/\/cmd\/run-policy-pack\/index\.js$/, "typeScript: !process.versions.bun", "typeScript: false"],
  // For functions as values: a debugger in every process.
  [/\/cmd\/run(-policy-pack)?\/index\.js$/, "if (process.versions.bun)", "if (true)"],
  // A bundle's places in a stack mean nothing: what fails is run again from its sources.
  [/\/cmd\/run(-policy-pack)?\/index\.js$/, 'require("source-map-support/register");', ""],
];

const absent = (name) => `
const fail = () => { throw new Error(${JSON.stringify(`The bundle has no ${name}.`)}); };
module.exports = new Proxy(fail, { get: (_, key) => (key === "__esModule" ? true : fail) });`;

export const sdkBundle = {
  name: "sdk",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]node_modules[\\/].*\.js$/ }, ({ path }) => {
      const file = path.replaceAll("\\", "/");
      if (leftOut.some((one) => one.test(file)))
        return { contents: absent(file.slice(file.lastIndexOf("/node_modules/") + 14)) };
      const own = edits.filter(([pattern]) => pattern.test(file));
      if (own.length === 0) return undefined;
      const contents = own.reduce(
        (text, [, from, to]) => {
          if (text.split(from).length !== 2) throw new Error(`${file} has not exactly once: ${from}`);
          return text.replace(from, to);
        },
        readFileSync(path, "utf8"),
      );
      return { contents };
    });
  },
};
