import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { escapeText, html, Markup } from "./markup";

/** What is read of a node of linkedom's. */
interface Node {
  nodeType: number;
  localName: string;
  textContent: string;
  attributes: Iterable<{ name: string; value: string }>;
  childNodes: Iterable<Node>;
}

const { document } = parseHTML("<!doctype html><html><body></body></html>");

/**
 * A chart as SVG, drawn while the page is written. Plot's own style element and attributes are left out: the
 * page's Content-Security-Policy would refuse them, and `style.ts` has what they are for. `label` says what the
 * chart shows to those who do not see it.
 */
export function chart(label: string, options: Plot.PlotOptions): Markup {
  const drawn = Plot.plot({
    ...options,
    document: document as unknown as NonNullable<Plot.PlotOptions["document"]>,
  }) as unknown as Node;
  const { width = 0, height = 0 } = options;
  const parts = [...drawn.childNodes].map((one) => new Markup(written(one)));
  return html`<svg role="img" aria-label="${label}" viewBox="${new Markup(`0 0 ${width} ${height}`)}" width="${new Markup(`${width}`)}" height="${new Markup(`${height}`)}" fill="currentColor" text-anchor="middle">${parts}</svg>`;
}

const [elements, texts] = [1, 3];
const leftOut = /^(class|style|font-family|aria-.*|on.*)$/;

function written(node: Node): string {
  if (node.nodeType === texts) return escapeText(node.textContent);
  if (node.nodeType !== elements || node.localName === "style") return "";
  const attributes = [...node.attributes]
    .filter(({ name }) => !leftOut.test(name))
    .map(({ name, value }) => ` ${name}="${escapeText(rounded(value))}"`)
    .join("");
  const content = [...node.childNodes].map(written).join("");
  return `<${node.localName}${attributes}>${content}</${node.localName}>`;
}

/** A hundredth of a pixel is more than anybody sees. */
const rounded = (value: string) =>
  value.replace(/-?\d+\.\d{3,}/g, (number) => `${Number(Number(number).toFixed(2))}`);
