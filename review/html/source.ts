import { short } from "../../config/hash";
import type { Source } from "../routes";
import { code, html, type Markup, nothing } from "./markup";

/** What keeps a measurement from being about the change: another behaviour, or stand-ins for the providers. */
export function sourceNote({ hash, isCurrent, providers }: Source): Markup {
  const other = isCurrent
    ? nothing
    : html`Measured on another behaviour, ${code(short(hash))}, not on the one that this change leaves. `;
  const stub =
    providers === "stub"
      ? html`Measured against stand-ins for the providers: it says nothing about a model.`
      : nothing;
  return isCurrent && providers === "real" ? nothing : html`<span class="caution">${other}${stub}</span>`;
}
