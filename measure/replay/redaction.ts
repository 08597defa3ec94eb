import { credentialIn } from "../../config/credentialPattern";
import { isRecord } from "../../config/record";
import type { Config } from "../../config/schema";

/** Luhn's check digit, ISO/IEC 7812. */
function isCard(text: string): boolean {
  const total = [...text.replace(/\D/g, "")].reverse().reduce((sum, digit, index) => {
    const value = Number(digit) * (1 + (index % 2));
    return sum + (value > 9 ? value - 9 : value);
  }, 0);
  return total % 10 === 0;
}

/** ISO 13616: the check digits make the whole 1 modulo 97. */
function isIban(text: string): boolean {
  const compact = text.replaceAll(" ", "").toUpperCase();
  if (compact.length < 15 || compact.length > 34) return false;
  const digits = [...compact.slice(4), ...compact.slice(0, 4)]
    .map((char) => Number.parseInt(char, 36))
    .join("");
  return [...digits].reduce((rest, digit) => (rest * 10 + Number(digit)) % 97, 0) === 1;
}

const isPhone = (text: string): boolean => text.replace(/\D/g, "").length >= 9;
const anything = () => true;

const letter = "A-Za-z\\u0080-\\u{10FFFF}";
const local = `${letter}0-9!#$%&'*+/=?^_\`{|}~\\-`;

/** The forms that `gateway/callback/lockstep_log.py` has, as JavaScript writes them. */
const kinds: Record<Config["monitoring"]["redact"]["kinds"][number], [string, (text: string) => boolean]> = {
  email: [
    `(?<!\\\\)[${local}][.${local}]{0,63}@(?:[${letter}0-9\\-]{1,63}\\.){1,8}[${letter}]{2,24}`,
    anything,
  ],
  iban: ["(?<![A-Za-z0-9])[A-Za-z]{2}\\d{2}(?: ?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])", isIban],
  card: ["(?<![A-Za-z0-9])\\d(?:[ \\-]?\\d){12,18}(?![A-Za-z0-9])", isCard],
  phone: [
    "(?<![\\w.:/\\-])(?:\\+|00)\\d(?:[ ()./\\-]{0,2}\\d){7,14}(?!\\w)" +
      "|(?<![\\w.:/\\-])\\(?0\\d(?:[ ()./\\-]{0,2}\\d){7,12}(?![\\w:])" +
      "|(?<![\\w.:/\\-])\\(?\\d{3}\\)?[ .\\-]\\d{3}[ .\\-]\\d{4}(?!\\w)",
    isPhone,
  ],
  ipv4: [
    "(?<![\\d.])(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?!\\.?\\d)",
    anything,
  ],
};

/** Takes out what `monitoring.redact` declares, once more: what was logged before it was declared is in a log too. */
export class Redactor {
  private readonly forms: { name: string; pattern: RegExp; valid: (text: string) => boolean }[];
  /** Texts of documents that had something in them. */
  texts = 0;

  /** Of several environments, what any of them declares. */
  constructor(declared: readonly Config["monitoring"]["redact"][]) {
    const own = declared.flatMap(({ patterns }) => Object.entries(patterns));
    const named = new Set(declared.flatMap(({ kinds: of }) => of));
    this.forms = [
      // Own patterns first: they are the narrower ones.
      ...own.map(([name, pattern]) => ({ name, pattern: new RegExp(pattern, "g"), valid: anything })),
      ...Object.entries(kinds)
        .filter(([name]) => named.has(name as keyof typeof kinds))
        .map(([name, [pattern, valid]]) => ({ name, pattern: new RegExp(pattern, "gu"), valid })),
    ];
  }

  text(text: string): string {
    let redacted = text;
    for (const { name, pattern, valid } of this.forms)
      redacted = redacted.replace(pattern, (match) => (valid(match) ? `[redacted:${name}]` : match));
    return redacted;
  }

  /** All texts of a JSON document, its keys aside. */
  value(value: unknown): unknown {
    if (typeof value === "string") {
      const text = this.text(value);
      if (text !== value) this.texts++;
      return text;
    }
    if (Array.isArray(value)) return value.map((one) => this.value(one));
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.value(one)]));
  }
}

/** Whether a document has what looks like a credential: no log of ours does, and none is sent. */
export const hasCredential = (value: unknown): boolean => credentialIn(JSON.stringify(value)) !== undefined;
