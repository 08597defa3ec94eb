import { z } from "zod";
import { quote } from "../../config/visible";
import { inEach } from "../environments";
import { changesByRequest, type Placeholder, placeholders } from "../placeholders";
import type { Report, StackRule } from "../rule";

const settings = z.strictObject({
  maximumStaticTokensAfter: z
    .number()
    .int()
    .min(0)
    .max(100_000)
    .default(32)
    .describe(
      "The static text that may follow such a placeholder, room for a closing tag or a last reminder; in tokens, estimated at four characters a token.",
    ),
  constantPlaceholders: z
    .array(z.string().min(1).max(200))
    .max(200)
    .default([])
    .describe(
      'The names of placeholders that every request of an environment gets the same value for: ["company"].',
    ),
});

/**
 * Providers cache a prompt's beginning, up to the first token that differs from an earlier request. A name
 * that says nothing about its value is not taken for constant: it cannot be decided, until the settings say.
 *
 * What is not proven: that nothing is written into the file when it is built (a date in its first lines looks
 * like any other text), that the application puts nothing before the prompt, and that the prompt is long
 * enough for the provider to cache it. A placeholder at the end still keeps the messages behind it uncached.
 */
export const promptPrefixStable: StackRule<typeof settings> = {
  kind: "stack",
  name: "prompt-prefix-stable",
  description: "In a prompt, whatever changes by request stands behind the text that stays the same.",
  protects: "From a prompt cache that never hits, because a date or a name at the head changes every prefix.",
  severity: "medium",
  exceptions: true,
  settings,
  check({ pair }, { maximumStaticTokensAfter: most, constantPlaceholders }) {
    return inEach(pair, (stack, name) =>
      Object.entries(stack.config.behaviour.prompts).flatMap(([key, { file }]): Report[] => {
        const path = ["behaviour", "prompts", key, "file"];
        return firstOfEachKind(stack.contents.get(file) ?? "", constantPlaceholders)
          .filter(({ staticTokens }) => staticTokens > most)
          .map((early) => ({ object: name(path), path: path.join("."), ...describe(early, file, most) }));
      }),
    );
  },
};

interface Early extends Placeholder {
  /** Names that are not known to be constant and do not say that they change either; empty where one does. */
  doubtful: string[];
  line: number;
  column: number;
  /** About how many tokens of static text stand behind it, before it, and how many the prompt has. */
  staticTokens: number;
  leadingTokens: number;
  allTokens: number;
}

/** The first that changes by request and the first that may: those behind them have less text behind them. */
function firstOfEachKind(text: string, constant: readonly string[]): Early[] {
  const all = placeholders(text);
  const open = all.map((one) => ({ ...one, names: one.names.filter((each) => !constant.includes(each)) }));
  const changing = open.find(({ names }) => names.some(changesByRequest));
  const doubtful = open.find(({ names }) => names.length > 0 && !names.some(changesByRequest));
  return [changing, doubtful].flatMap((one): Early[] => {
    if (one === undefined) return [];
    const before = text.slice(0, one.start);
    const lines = before.split("\n");
    return [
      {
        ...one,
        doubtful: one === doubtful ? one.names : [],
        line: lines.length,
        column: (lines.at(-1) ?? "").length + 1,
        staticTokens: tokens(staticAfter(text, one.end, all)),
        leadingTokens: tokens(before),
        allTokens: tokens(text),
      },
    ];
  });
}

function describe(early: Early, file: string, most: number): Omit<Report, "object" | "path"> {
  const { doubtful, line, column } = early;
  const shown = quote(early.text.length <= 60 ? early.text : `${early.text.slice(0, 59)}…`);
  const place = `${shown} at ${file}:${line}:${column}`;
  const cost =
    `about ${early.leadingTokens} of ${early.allTokens} tokens stay cacheable and ` +
    `${early.staticTokens} of static text behind it do not (estimated at 4 characters a token)`;
  const move = `Move ${shown} to the end of ${file}, or into the user's message`;
  const common = {
    allowed: `what changes by request only where at most ${most} tokens of static text follow`,
    at: { file, line, column },
  };
  if (doubtful.length === 0) return { ...common, found: `${place}: ${cost}`, remedy: `${move}.` };
  return {
    ...common,
    status: "cannot-decide",
    found: `${place}, whose name does not say whether its value changes by request: if so, ${cost}`,
    remedy: `${move}; or name ${doubtful.map(quote).join(", ")} in the rule's setting constantPlaceholders.`,
  };
}

const tokens = (text: string) => Math.ceil(text.length / 4);

/** The text behind a place without the placeholders in it, and without its layout. */
function staticAfter(text: string, from: number, all: readonly Placeholder[]): string {
  let rest = "";
  let position = from;
  for (const { start, end } of all) {
    if (start < from) continue;
    rest += `${text.slice(position, start)} `;
    position = end;
  }
  return `${rest}${text.slice(position)}`.replace(/\s+/g, " ").trim();
}
