/**
 * Bundles the command line: dist/lockstep.js starts dist/main.js with V8's code cache. The SDKs and the compiler stay
 * outside: only preview loads them, as bundles of their own (scripts/previewBundles.mjs). So is the HTML report,
 * because of its charts.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { protocol, writePreviewBundles } from "./previewBundles.mjs";

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

// Without it nobody takes what is left of an earlier build for what its sources are now.
rmSync(join(dist, "bundles.json"), { force: true });
for (const name of list(dist)) if (name.includes(".cache")) rmSync(join(dist, name));

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
  plugins: [report, protocol, english],
  external: ["@duckdb/*", "@pulumi/*", "pg-native"],
  minify: true,
  define: { LOCKSTEP_VERSION: JSON.stringify(version) },
});
await startOf("lockstep", "main", { banner: { js: "#!/usr/bin/env node" } });
chmodSync(join(dist, "lockstep.js"), 0o755);

await writePreviewBundles({ root, dist, common, plugins: [english], startOf });

// So that V8 has compiled what they need: each run keeps what those before it have. Whatever comes of it, the command
// line works without.
warm(["main"], "review");
for (const stack of ["staging", "production"]) warm(["stack.main"], "preview", "--stack", stack);

/** What starts a bundle of dist/ with its code cache. */
async function startOf(name, bundle, { isShortLived = false, ...options } = {}) {
  const digest = createHash("sha256")
    .update(readFileSync(join(dist, `${bundle}.js`)))
    .digest("hex");
  await build({
    ...common,
    ...options,
    entryPoints: ["cli/start.ts"],
    outfile: `dist/${name}.js`,
    define: {
      LOCKSTEP_BUNDLE: JSON.stringify(`${bundle}.js`),
      LOCKSTEP_SHORT_LIVED: JSON.stringify(isShortLived),
      LOCKSTEP_CODE_CACHE: JSON.stringify(`${bundle}.${digest.slice(0, 16)}.cache`),
    },
  });
}

function warm(bundles, ...args) {
  const files = bundles.map((name) => join(dist, `${name}.js`)).join(delimiter);
  spawnSync(process.execPath, [join(dist, "lockstep.js"), "--cwd", root, ...args], {
    env: { ...process.env, LOCKSTEP_WRITE_CODE_CACHE: files },
    stdio: "ignore",
    timeout: 60_000,
  });
}

function list(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
