import { short } from "../../config/hash";
import { counted, readable } from "../../config/numbers";
import { daysText, type Finding } from "../../policies/finding";
import type { ReleaseStatus } from "../releaseStatus";
import type { Review } from "../review";
import { bullets } from "./evidence";
import {
  code,
  codes,
  cut,
  html,
  type Markup,
  mark,
  nothing,
  type Section,
  section,
  subheading,
  table,
} from "./markup";

/** Open releases: what they still lack, and the evidence about production as it would be with them. */
export function releasesSection({ releases, proof, findings }: Review, at: Section): Markup {
  if (releases.length === 0) return nothing;
  const { kept, rest } = cut(releases, 50);
  const told = new Set(findings.map(keyOf));
  return section(
    at,
    "releases",
    releases.length === 1 ? "Open release" : "Open releases",
    html`${kept.map((one) => release(one, at, proof?.hash, told))}${rest}`,
  );
}

const keyOf = ({ rule, path, found }: Finding) => JSON.stringify([rule, path, found]);

/** `told` are the findings that stand above. */
function release(
  one: ReleaseStatus,
  at: Section,
  proven: string | undefined,
  told: ReadonlySet<string>,
): Markup {
  const {
    id,
    owner,
    created,
    carriedBy,
    checklist,
    evidence = [],
    missing,
    problems = [],
    behaviourHash,
  } = one;
  const state =
    missing === undefined
      ? mark("fails", "cannot be judged")
      : missing.length === 0
        ? mark("passes", "nothing is missing: production may carry it")
        : mark("fails", `${counted(missing.length, "thing")} missing before production may carry it`);
  const lacking = cut((missing ?? []).filter((finding) => !told.has(keyOf(finding))));
  const isAbove = (missing ?? []).some((finding) => told.has(keyOf(finding)));
  const about =
    behaviourHash === undefined
      ? nothing
      : behaviourHash === proven
        ? html`<p class="muted">Production with it is ${code(short(behaviourHash))}: its evidence stands above.</p>`
        : html`<p>Production with it is ${code(short(behaviourHash))}.</p>${bullets(evidence)}`;
  return html`${subheading(at, id)}<p>${state}${isAbove ? html`: see <a href="#${at.id}-blocks">what blocks</a>` : nothing}</p><p class="muted">Carried by ${codes(carriedBy, "nobody")}; owner ${owner}, made ${created}.</p>
${
  checklist.length === 0
    ? nothing
    : table(
        `Checklist of ${id}`,
        [{ head: "checklist", kind: "name" }, { head: "state" }, { head: "what is there" }],
        checklist.map(({ item, done, note }) => [
          item,
          done ? mark("passes", "done") : mark("fails", "open"),
          note,
        ]),
      )
}${
  lacking.kept.length === 0
    ? nothing
    : html`<p>Missing${isAbove ? ", besides what blocks already" : ""}:</p><ul class="plain">${lacking.kept.map(
        ({ rule, object, found, allowed }) =>
          html`<li><strong>${rule}</strong> ${object}: found ${found}; allowed is ${allowed}</li>`,
      )}</ul>${lacking.rest}`
}${problems.length === 0 ? nothing : html`<ul class="plain">${cut(problems).kept.map((text) => html`<li>${text}</li>`)}</ul>`}${about}`;
}

/** What releases and cold prompt caches cost. */
export function moneySection({ releases, coldStarts }: Review, at: Section): Markup {
  const deltas = cut(
    releases.flatMap(({ id, tokenDelta = [] }) => tokenDelta.map((delta) => ({ id, ...delta }))),
  );
  const colds = cut(coldStarts);
  if (deltas.kept.length + colds.kept.length === 0) return nothing;
  return section(
    at,
    "money",
    "Money",
    html`${
      deltas.kept.length === 0
        ? nothing
        : html`<p>What each open release adds to the bill, by its token delta.</p>${table(
            "Money of releases",
            [
              { head: "release and route", kind: "name" },
              { head: "requests a month", kind: "number" },
              { head: "warm cache, USD a month", kind: "number" },
              { head: "cold cache, USD a month", kind: "number" },
            ],
            deltas.kept.map(({ id, route, requestsPerMonth, monthlyUsd }) => [
              html`${code(id)} ${code(route)}`,
              readable(requestsPerMonth),
              signed(monthlyUsd.warm),
              signed(monthlyUsd.cold),
            ]),
          )}${deltas.rest}`
    }${
      colds.kept.length === 0
        ? nothing
        : html`<p>Prompts that change lose their place in the providers' caches; estimated at four characters a token.</p>${table(
            "Cold starts",
            [
              { head: "route and prompt", kind: "name" },
              { head: "tokens kept", kind: "number" },
              { head: "of", kind: "number" },
              { head: "USD more a request", kind: "number" },
              { head: "seconds", kind: "number" },
              { head: "USD at most", kind: "number" },
              { head: "note" },
            ],
            colds.kept.map(({ route, prompt, kept, tokens, isCached, usdPerRequest, seconds, usd }) => [
              html`${code(route)} ${code(prompt)}`,
              readable(kept),
              readable(tokens),
              readable(Number(usdPerRequest.toPrecision(2))),
              readable(seconds),
              readable(Number(usd.toPrecision(2))),
              isCached ? "" : "the prompt alone is too short to be cached",
            ]),
          )}${colds.rest}`
    }`,
  );
}

/** What is allowed for now, by whom and for how long. */
export function exceptionsSection({ exceptions }: Review, at: Section, covered: Markup): Markup {
  if (exceptions.length === 0) return nothing;
  const { kept, rest } = cut(exceptions);
  return section(
    at,
    "exceptions",
    "Exceptions",
    html`${table(
      "Exceptions",
      [
        { head: "rule and path", kind: "name" },
        { head: "environment" },
        { head: "owner" },
        { head: "ticket" },
        { head: "expires" },
        { head: "time left" },
      ],
      kept.map(({ tier, rule, path, owner, ticket, expires, daysLeft, isNew }) => [
        html`${rule}${isNew ? html` <span class="badge">new</span>` : nothing}<br>${code(path)}`,
        tier,
        owner,
        ticket,
        expires,
        daysLeft < 0 ? mark("fails", "expired") : daysText(daysLeft),
      ]),
    )}${rest}${covered}`,
  );
}

const signed = (usd: number) => `${usd < 0 ? "−" : "+"}${Math.abs(usd).toFixed(2)}`;
