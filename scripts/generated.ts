import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { projectFiles } from "../config/files";
import { jsonSchema } from "../config/jsonSchema";
import { loadPair } from "../config/pair";
import { type Leaf, leaves } from "../config/relation";
import { configKeys, schema } from "../config/schema";
import { release } from "../config/schema/release";
import { deployedJsonSchema } from "../lifecycle/deployed";
import { evidenceJsonSchema } from "../lifecycle/jsonSchema";
import { rules } from "../policies/registry";
import { outputJsonSchema } from "../preview/report";
import { reviewJsonSchema } from "../review/report";
import { fixtures } from "../test/fixtures/list";
import { edited } from "../test/shipped";
import { routingPage } from "./routingPage";
import { rulePage } from "./rulePage";

/** Every generated file, path and text; see `scripts/generate.ts`. */
export function* generated(): Generator<[path: string, text: string]> {
  yield ["lockstep.schema.json", `${JSON.stringify(jsonSchema(), null, 2)}\n`];
  yield ["docs/configuration.md", configurationPage()];
  yield ["docs/policies.md", policiesPage()];
  for (const rule of rules) {
    const path = `docs/rules/${rule.name}.md`;
    yield [path, rulePage(rule, existing(path))];
  }
  yield ["docs/preview.schema.json", `${JSON.stringify(outputJsonSchema(), null, 2)}\n`];
  yield ["docs/review.schema.json", `${JSON.stringify(reviewJsonSchema(), null, 2)}\n`];
  yield [
    "docs/release.schema.json",
    `${JSON.stringify(z.toJSONSchema(release, { io: "input" }), null, 2)}\n`,
  ];
  yield ["docs/deployed.schema.json", `${JSON.stringify(deployedJsonSchema(), null, 2)}\n`];
  yield ["docs/evidence.schema.json", `${JSON.stringify(evidenceJsonSchema(), null, 2)}\n`];
  const routing = measuredRouting();
  if (routing !== undefined) yield ["docs/routing.md", routing];
  for (const [name, { edits }] of Object.entries(fixtures)) {
    // Releases and evidence are the same in all of them; the tests have them too.
    for (const [file, text] of Object.entries(edited(...edits)))
      if (!file.startsWith("releases/")) yield [`test/fixtures/pairs/${name}/${file}`, text];
  }
}

function measuredRouting(): string | undefined {
  const files = projectFiles(join(__dirname, ".."));
  const { pair } = loadPair(files, "production");
  return pair && routingPage(files, pair);
}

/** Pages whose head only is generated keep the body that stands there. */
function existing(path: string): string | undefined {
  const file = join(__dirname, "..", path);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

function configurationPage(): string {
  const sections = configKeys.map((key) => {
    const rows = [...leaves(schema.shape[key], key)].map(
      (leaf) =>
        `| \`${leaf.pattern}\` | ${typeOf(leaf)} | ${relationOf(leaf)} | ${escapeCell(leaf.field?.description ?? "")} |`,
    );
    return [`## ${key}`, "", "| field | type | relation | what it is |", "|---|---|---|---|", ...rows].join(
      "\n",
    );
  });
  return `${head}\n${sections.join("\n\n")}\n`;
}

function policiesPage(): string {
  const rows = rules.map(({ name, description, protects, severity, exceptions, ...rule }) => {
    const kind = "kind" in rule ? rule.kind : "stack";
    const page = `[\`${name}\`](rules/${name}.md)`;
    const cells = [page, where[kind], description, protects, severity, exceptions ? "yes" : "no"];
    return `| ${cells.map(escapeCell).join(" | ")} |`;
  });
  const columns =
    "| rule | judges | what must hold | protects | severity | exceptions |\n|---|---|---|---|---|---|";
  return `${policiesHead}\n${columns}\n${rows.join("\n")}\n`;
}

const where = { stack: "the pair", resource: "each resource", completeness: "all resources" } as const;

const policiesHead = `# Policies

<!-- Generated from policies/ by \`npm run generate\`. -->

All are mandatory. Rules over the pair run at the root of the stack, before any other resource, so a violation
stops the update with nothing touched. Rules over a resource stop that resource; those over all resources run
when the others have been asked, and are there for completeness, not as a gate.

Rules on evidence stop updates of production only: staging is where evidence comes from. An exception for one names
\`releases.<release>.<kind>\`, and behind that the criterion and of what it is, as the finding has it:
\`releases.chat-upgrade.eval.minScore["support-chat on chat-large"]\`.

Each rule's page shows what fails and what passes, and how to fix or except it. Its examples are changes to the
project as it is shipped: to a file, to the properties of a resource of staging's environment, or a resource beside
those. Whatever such a change makes of production counts as proven; only the examples about releases and evidence
begin with a project whose two stacks carry the release \`chat-upgrade\`, with evidence of every kind that passes, on
top of the closed release \`initial\`. A \`*\` stands for the part of a file's name that changes, and behaviour hashes
in examples are made up. What cannot be decided before the update blocks too, and no exception covers it.
`;

const head = `# Configuration

<!-- Generated from config/schema by \`npm run generate\`. -->

The keys of a stack, in the namespace \`lockstep\`. Keys that both environments share stand in \`Pulumi.yaml\`
under \`config.<key>.value\`; the others stand in each stack's own file. The engine replaces a whole key, so a
stack that writes a shared key itself takes over all of it.

The relation says how staging's and production's values must relate: **mirrored** values are equal, **stricter**
ones strictly tighter in staging, **separate** ones different, and **free** ones may be either. In a field's name
\`*\` is any name and \`[]\` any item of a list.
`;

const relationOf = ({ field }: Leaf) =>
  field?.relation === "stricter" && field.tighter === "higher"
    ? "stricter (higher)"
    : (field?.relation ?? "");

function typeOf({ schema: leaf, field, optional, default: fallback }: Leaf): string {
  const absent =
    fallback === undefined ? (optional ? ", optional" : "") : `, default ${JSON.stringify(fallback)}`;
  return `${kindOf(leaf, field?.unit)}${absent}`;
}

function kindOf(leaf: z.ZodType, unit: string | undefined): string {
  if (leaf instanceof z.ZodNumber) {
    const { minValue, maxValue, format } = leaf;
    const measure = unit === undefined || unit === "1" ? "" : ` ${unit}`;
    return `${format === "safeint" ? "whole number, " : ""}${minValue} to ${maxValue}${measure}`;
  }
  if (leaf instanceof z.ZodBoolean) return "true or false";
  if (leaf instanceof z.ZodEnum) return leaf.options.map((option) => `\`${option}\``).join(", ");
  if (leaf instanceof z.ZodArray) return `list of ${kindOf(leaf.element as z.ZodType, unit)}`;
  if (leaf instanceof z.ZodUnion)
    return leaf.options.map((option) => kindOf(option as z.ZodType, unit)).join(" or ");
  if (leaf instanceof z.ZodLiteral) return [...leaf.values].map((value) => `\`${value}\``).join(", ");
  if (leaf instanceof z.ZodISODate) return "date";
  if (leaf instanceof z.ZodEmail) return "e-mail address";
  if (leaf instanceof z.ZodURL) return "URL";
  return "text";
}

const escapeCell = (text: string) => text.replaceAll("|", "\\|").replaceAll("*", "\\*");
