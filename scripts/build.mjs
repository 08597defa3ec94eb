/** Bundles the command line to dist/lockstep.js. The SDKs and the compiler stay outside: only preview loads them. */
import { chmodSync, readFileSync } from "node:fs";
import { build } from "esbuild";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

await build({
  entryPoints: ["cli/lockstep.ts"],
  outfile: "dist/lockstep.js",
  bundle: true,
  platform: "node",
  target: "node20",
  external: ["@pulumi/*", "@grpc/grpc-js", "google-protobuf"],
  banner: { js: "#!/usr/bin/env node" },
  define: { LOCKSTEP_VERSION: JSON.stringify(version) },
  logLevel: "warning",
});
chmodSync("dist/lockstep.js", 0o755);
