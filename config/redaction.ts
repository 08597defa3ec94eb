/** What of personal data is known by its form; `gateway/callback/lockstep_redact.json` has the patterns. */
export const redactionKinds = ["email", "phone", "card", "iban", "ipv4"] as const;

/** The most ways in which a pattern may match at one place: each is tried before the next place is. */
const mostWays = 1000;

/** The longest text that a pattern may match, in characters. */
const longestMatch = 1000;

/** A part of a pattern: in how many ways it can match, how long a text, and whether it matches nothing. */
interface Part {
  ways: number;
  longest: number;
  empty: boolean;
}

const place: Part = { ways: 1, longest: 0, empty: true };
const oneCharacter: Part = { ways: 1, longest: 1, empty: false };

/**
 * What is wrong with a pattern for redaction, as the end of a sentence; undefined where nothing is. Allowed is
 * what Python's `re` and JavaScript's `RegExp` read alike: characters, classes, groups, alternatives, and
 * repetitions with a bound. So no text of a client makes the gateway wait.
 */
export function problemOfPattern(pattern: string): string | undefined {
  const reader = new Reader(pattern);
  try {
    const { ways, longest, empty } = reader.alternatives();
    if (!reader.done()) return 'has a ")" too many';
    if (empty) return "matches nothing at all";
    if (ways > mostWays) return `can match in more than ${mostWays} ways at one place; repeat less`;
    if (longest > longestMatch) return `can match more than ${longestMatch} characters; repeat less`;
    new RegExp(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Unread ? error.message : "is no regular expression";
  }
}

class Unread extends Error {}

class Reader {
  private at = 0;

  constructor(private readonly pattern: string) {}

  done(): boolean {
    return this.at === this.pattern.length;
  }

  alternatives(): Part {
    let whole = this.sequence();
    while (this.take("|")) {
      const next = this.sequence();
      whole = {
        ways: whole.ways + next.ways,
        longest: Math.max(whole.longest, next.longest),
        empty: whole.empty || next.empty,
      };
    }
    return whole;
  }

  private sequence(): Part {
    let whole = place;
    while (!this.done() && !this.sees("|") && !this.sees(")")) {
      const next = this.repeated(this.one());
      whole = {
        ways: whole.ways * next.ways,
        longest: whole.longest + next.longest,
        empty: whole.empty && next.empty,
      };
    }
    return whole;
  }

  private one(): Part {
    const char = this.next();
    if (char === "(") return this.group();
    if (char === "[") return this.class();
    if (char === "\\") return this.escape("dDsSwWbB");
    if (char === ".") return oneCharacter;
    if ("*+?{".includes(char)) throw new Unread(`repeats nothing with "${char}"`);
    if ("^$".includes(char)) throw new Unread(`has "${char}"; what is redacted stands anywhere in a text`);
    if ("]}".includes(char)) throw new Unread(`has a "${char}" without a "\\" before it`);
    return this.character(char);
  }

  private group(): Part {
    if (this.take("?") && !this.take(":"))
      throw new Unread('has a group that begins with "(?"; allowed is "(?:"');
    const inner = this.alternatives();
    if (!this.take(")")) throw new Unread('has a "(" without its ")"');
    return inner;
  }

  private escape(letters: string): Part {
    if (this.done()) throw new Unread('ends in "\\"');
    const char = this.next();
    if ("bB".includes(char) && letters.includes(char)) return place;
    if (letters.includes(char) || "nt".includes(char) || /^[!-/:-@[-`{-~]$/.test(char)) return oneCharacter;
    throw new Unread(
      `has "\\${char}"; of letters, ${[...letters, "n", "t"].join(", ")} may stand after "\\"`,
    );
  }

  private class(): Part {
    this.take("^");
    for (let first = true; ; first = false) {
      if (this.done()) throw new Unread('has a "[" without its "]"');
      const char = this.next();
      if (char === "]") {
        if (first) throw new Unread('has an empty class "[]"');
        return oneCharacter;
      }
      if (char === "\\") this.escape("dDsSwW");
      else if (char === "[" || (this.sees(char) && "&|~-".includes(char)))
        throw new Unread(`has "${char}" in a class without a "\\" before it`);
      else this.character(char);
    }
  }

  private repeated(part: Part): Part {
    const times = this.times();
    if (times === undefined) return part;
    const [least, most] = times;
    if (this.sees("?") || this.sees("+") || this.sees("*") || this.sees("{"))
      throw new Unread("repeats a repetition");
    if (part.empty) throw new Unread("repeats what may match nothing");
    return {
      ways: part.ways ** most * (most - least + 1),
      longest: part.longest * most,
      empty: least === 0,
    };
  }

  /** The bounds of a repetition. */
  private times(): [number, number] | undefined {
    if (this.sees("*") || this.sees("+"))
      throw new Unread(`repeats without a bound ("${this.next()}"); write "{1,64}", for instance`);
    if (this.take("?")) return [0, 1];
    if (!this.take("{")) return undefined;
    const bounds = /^(\d{1,4})(?:,(\d{1,4}))?\}/.exec(this.pattern.slice(this.at));
    if (bounds === null) throw new Unread('repeats without two bounds; write "{3}" or "{1,64}"');
    this.at += bounds[0].length;
    const least = Number(bounds[1]);
    const most = Number(bounds[2] ?? least);
    if (least > most || most === 0) throw new Unread(`repeats ${least} to ${most} times`);
    return [least, most];
  }

  /** Both languages have to count it as one. */
  private character(char: string): Part {
    if (/[\p{Cc}\p{Cs}]/u.test(char)) throw new Unread("has a control character, or one beyond U+FFFF");
    return oneCharacter;
  }

  private sees(char: string): boolean {
    return this.pattern[this.at] === char;
  }

  private take(char: string): boolean {
    if (!this.sees(char)) return false;
    this.at++;
    return true;
  }

  private next(): string {
    return this.pattern[this.at++] ?? "";
  }
}
