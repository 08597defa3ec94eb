/** Where a template puts something in that the file itself does not hold. */
export interface Placeholder {
  /** As it stands in the text. */
  text: string;
  /** The names that decide what is put in: `user.name` of `{{ user.name | upper }}`. */
  names: readonly string[];
  /** In UTF-16 units. */
  start: number;
  end: number;
}

const quoted = String.raw`"[^"\n]{0,200}"|'[^'\n]{0,200}'`;
const name = String.raw`[A-Za-z_]\w{0,60}(?:\.\w{1,60}){0,8}`;
const template = new RegExp(
  [
    String.raw`\{#[^]{0,2000}?#\}`,
    String.raw`\{%(?<tag>[^]{0,500}?)%\}`,
    String.raw`\{\{(?<double>[^{}]{1,300}|\{[^{}]{1,300}\})\}\}`,
    "<%(?<erb>[^]{0,500}?)%>",
    String.raw`\$\{(?<dollar>[^{}\n]{1,300})\}`,
    String.raw`(?<![$\\{])\{(?<single>${name}(?:\[\w{0,40}\])?(?:![rsa])?(?::[^{}\s"',]{0,20})?)\}(?!\})`,
  ].join("|"),
  "g",
);

/** What a template language says of itself, in tags and in blocks. */
const keywords = new Set(
  (
    "and as block call capture case do each elif else elsif elseif end endblock endcall endcapture endcase " +
    "endfilter endfor endif endmacro endraw endset endunless endwith false filter for if in is loop new nil " +
    "none not null or raw render this true undefined unless when with without"
  ).split(" "),
);
/** Tags that put nothing in where they stand. */
const silent = /^[-+~]?\s*(?:set|assign|import|from|macro|extends|include|comment|endcomment)\b/;

/**
 * The placeholders of a prompt, in the forms of Jinja, Mustache, Handlebars, ERB, JavaScript and Python's
 * format. Braces of JSON are none, nor is anything in a closed fenced block, which is taken for an example.
 */
export function placeholders(text: string): Placeholder[] {
  const fenced = fences(text);
  return [...text.matchAll(template)].flatMap((match): Placeholder[] => {
    const { tag, double, erb, dollar, single } = match.groups ?? {};
    const start = match.index;
    if (fenced.some(([from, to]) => start >= from && start < to)) return [];
    const inner = tag ?? double ?? erb ?? dollar ?? single;
    if (inner === undefined || silent.test(inner)) return [];
    if (erb?.startsWith("#")) return [];
    if (double !== undefined && !/^[{#^&~\s]*[A-Za-z_@$]/.test(double)) return [];
    const names = namesIn(single === undefined ? inner : single.replace(/[[!:].*$/s, ""));
    return names.length === 0 ? [] : [{ text: match[0], names, start, end: start + match[0].length }];
  });
}

/** Filters after `|`, quoted texts and keywords do not decide what is put in. */
function namesIn(expression: string): string[] {
  const bare = expression
    .replaceAll("||", " ")
    .replace(new RegExp(quoted, "g"), " ")
    .replace(/\|\s*\w+(?::[^|]*|\([^|]*\))?/g, " ");
  const names = [...bare.matchAll(new RegExp(name, "g"))].map(([found]) => found);
  return [...new Set(names)].filter((found) => !keywords.has(found));
}

/** From the start of an opening fence to the end of its closing one; one that is never closed opens nothing. */
function fences(text: string): [number, number][] {
  const found: [number, number][] = [];
  let open: { fence: string; start: number } | undefined;
  for (const match of text.matchAll(/^ {0,3}(`{3,}|~{3,})([^\n]*)$/gm)) {
    const [line, fence = "", info = ""] = match;
    if (open === undefined) open = { fence, start: match.index };
    else if (fence.startsWith(open.fence) && info.trim() === "") {
      found.push([open.start, match.index + line.length]);
      open = undefined;
    }
  }
  return found;
}

/** Words of names whose values differ from one request to the next. */
const changing = new Set(
  (
    "account address age answer article attachment balance body chat chunk city clock content context " +
    "conversation customer date datetime day docs document email excerpt file guid history hour id input " +
    "invoice ip item jti latitude location longitude memory message minute month name nonce now observation " +
    "order output passage phone prompt query question random reference request response result retrieved " +
    "scratchpad search second seed session snippet source subject text thread ticket time timestamp title " +
    "today token tomorrow trace transcript turn ulid url user username utterance uuid week weekday year yesterday"
  ).split(" "),
);

/** Whether a name says that its value changes by request: `currentDate`, `user.name`, `document_ids`. */
export function changesByRequest(placeholder: string): boolean {
  const words = placeholder.replace(/([a-z0-9])([A-Z])/g, "$1 $2").split(/[^A-Za-z0-9]+/);
  return words
    .map((word) => word.toLowerCase().replace(/\d+$/, ""))
    .some((word) => changing.has(word) || changing.has(word.replace(/s$/, "")));
}
