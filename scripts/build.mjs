/**
 * Bundles the command line: dist/lockstep.js starts dist/main.js with V8's code cache. The SDKs and the compiler stay
 * outside: only preview loads them. The HTML report is a bundle of its own, because of its charts.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const common = {
  bundle: true,
  platform: "node",
  target: "node20",
  // Code from V8's cache has nobody to ask for a module; "require" it has.
  supported: { "dynamic-import": false },
  logLevel: "warning",
  absWorkingDir: root,
};

for (const name of list(dist)) if (name.endsWith(".cache")) rmSync(join(dist, name));

const report = {
  name: "report",
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/html\/report$/ }, () => ({ path: "./report.js", external: true })),
};

/** The languages of zod's own messages but English: a fifth of the bundle, and nobody sees them. */
const english = {
  name: "english",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/locales\/index\.c?js$/ }, () => ({ path: "locales", namespace: "none" }));
    onLoad({ filter: /.*/, namespace: "none" }, () => ({ contents: "export {};" }));
  },
};

await build({
  ...common,
  entryPoints: ["review/html/report.ts"],
  outfile: "dist/report.js",
  minifyWhitespace: true,
});
await build({
  ...common,
  entryPoints: ["cli/lockstep.ts"],
  outfile: "dist/main.js",
  plugins: [report, english],
  external: ["@duckdb/*", "@pulumi/*", "@grpc/grpc-js", "google-protobuf", "pg-native"],
  minify: true,
  define: { LOCKSTEP_VERSION: JSON.stringify(version) },
});

const digest = createHash("sha256")
  .update(readFileSync(join(dist, "main.js")))
  .digest("hex");
await build({
  ...common,
  entryPoints: ["cli/start.ts"],
  outfile: "dist/lockstep.js",
  banner: { js: "#!/usr/bin/env node" },
  define: {
    LOCKSTEP_BUNDLE: '"main.js"',
    LOCKSTEP_CODE_CACHE: JSON.stringify(`main.${digest.slice(0, 16)}.cache`),
  },
});
chmodSync(join(dist, "lockstep.js"), 0o755);

// One run, so that V8 has compiled what a review needs. Whatever comes of it, the command line works without.
spawnSync(process.execPath, [join(dist, "lockstep.js"), "--cwd", root, "review"], {
  env: { ...process.env, LOCKSTEP_WRITE_CODE_CACHE: join(dist, "main.js") },
  stdio: "ignore",
  timeout: 60_000,
});

function list(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
