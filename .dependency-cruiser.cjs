/** Imports point down only: each folder may import those below it, and itself. See AGENTS.md. */
const layers = [
  ["config"],
  ["gateway"],
  ["lifecycle"],
  // Side by side: none of these imports another.
  ["components", "policies", "measure"],
  ["review"],
  ["preview"],
  ["engine"],
  ["cli"],
];

const forbidden = [
  { name: "no-circle", severity: "error", from: {}, to: { circular: true } },
  {
    name: "no-undeclared",
    comment: "A package that package.json does not list.",
    severity: "error",
    from: { pathNot: "^(test/|scripts/|policies/start\\.js$|vitest\\.(config|mutation)\\.mts$)" },
    to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown", "unknown", "undetermined"] },
  },
  { name: "no-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
  {
    name: "no-sdk-in-config",
    comment:
      "config, gateway, lifecycle and review never load the Pulumi SDK: that is what makes a review fast.",
    severity: "error",
    from: { path: "^(config|gateway|lifecycle|review|policies/stack|policies/resource)/" },
    to: { path: "node_modules/@pulumi/" },
  },
  {
    name: "nothing-imports-tests",
    severity: "error",
    from: { pathNot: "^(test|scripts|bench)/" },
    to: { path: "^test/" },
  },
  {
    name: "nothing-imports-cli",
    severity: "error",
    from: { pathNot: "^(cli|test)/" },
    to: { path: "^cli/" },
  },
];

layers.forEach((own, place) => {
  for (const folder of own) {
    const above = layers
      .slice(place)
      .flat()
      .filter((other) => other !== folder);
    forbidden.push({
      name: `${folder}-imports-down`,
      severity: "error",
      from: { path: `^${folder}/` },
      to: { path: `^(${above.join("|")})/` },
    });
  }
});

module.exports = {
  forbidden,
  options: {
    doNotFollow: { path: "node_modules" },
    // k6 runs what lies in bench/k6, and has its modules in itself.
    exclude: { path: "^(dist|reports|test/fixtures/pairs|bench/k6)/" },
    tsPreCompilationDeps: true,
    // policies/package.json only marks the pack; its packages are the project's.
    combinedDependencies: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["require", "node", "types"],
      extensions: [".ts", ".js", ".mjs", ".json", ".d.ts"],
    },
  },
};
