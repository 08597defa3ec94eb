import { day, dayOf } from "../../config/days";
import { readable } from "../../config/numbers";
import { isRecord } from "../../config/record";
import type { Config } from "../../config/schema";
import { quote } from "../../config/visible";
import { type AreaFound, areaFound, differ } from "./difference";
import { DriftInputError, readJson } from "./json";
import { resourceNamed, type State } from "./state";

/** When the present version of each secret was made, by the secret's name. */
export type SecretVersions = ReadonlyMap<string, Date>;

/**
 * Reads what `aws secretsmanager list-secret-version-ids` printed, of one secret or a list of several: names and
 * times. No value is part of it.
 */
export function readSecretVersions(bytes: Uint8Array): SecretVersions {
  const data = readJson(bytes);
  const versions = new Map<string, Date>();
  for (const entry of Array.isArray(data) ? data : [data]) {
    if (!isRecord(entry) || typeof entry.Name !== "string" || !Array.isArray(entry.Versions))
      throw new DriftInputError("is no output of list-secret-version-ids: it has no Name, or no Versions");
    const current = entry.Versions.filter(isRecord).find(
      ({ VersionStages: stages }) => Array.isArray(stages) && stages.includes("AWSCURRENT"),
    );
    // The AWS CLI writes times in ISO 8601 or, by an older setting, in seconds.
    const { CreatedDate: made } = current ?? {};
    const time =
      typeof made === "number" ? made * 1000 : typeof made === "string" ? Date.parse(made) : Number.NaN;
    if (!Number.isNaN(time)) versions.set(entry.Name, new Date(time));
  }
  return versions;
}

/**
 * How old the stored credentials are, against the age at which each has to be rotated. Pulumi writes a new version
 * resource for each new value; of a value that was stored out of band, the state knows only when its empty secret was
 * made, which is the highest age that it can have.
 */
export function secretAges(
  { environment: { name }, credentials }: Config,
  state: State,
  versions: SecretVersions,
  { now, warnDays }: { now: Date; warnDays: number },
): AreaFound {
  const found = areaFound("secrets");
  for (const [credential, { secretName, maxAgeDays }] of Object.entries(credentials)) {
    const own = `${name}-secrets-${credential}`;
    const secret = resourceNamed(state, "aws:secretsmanager/secret:Secret", own);
    const version = resourceNamed(state, "aws:secretsmanager/secretVersion:SecretVersion", own);
    found.compared++;
    if (secret === undefined) {
      found.differences.push(
        differ("secrets", { name: credential, difference: "the secret is missing in the state" }),
      );
      continue;
    }
    const made = latest(versions.get(secretName), version?.created);
    const since = made ?? secret.created;
    const age = since === undefined ? undefined : (now.getTime() - since.getTime()) / day;
    if (since === undefined || age === undefined || (made === undefined && age > maxAgeDays)) {
      found.notAudited.push(
        `When the credential ${quote(credential)} was stored is not known: give what aws secretsmanager list-secret-version-ids says (--secret-versions).`,
      );
      continue;
    }
    if (age > maxAgeDays)
      found.differences.push(
        differ("secrets", {
          name: credential,
          difference: "the credential is older than it may be",
          declared: `at most ${readable(maxAgeDays)} days`,
          deployed: `stored on ${dayOf(since)}`,
        }),
      );
    else if (maxAgeDays - age <= warnDays)
      found.expiring.push({
        area: "secrets",
        name: `credential ${credential}`,
        ends: dayOf(new Date(since.getTime() + maxAgeDays * day)),
      });
  }
  return found;
}

function latest(...times: readonly (Date | undefined)[]): Date | undefined {
  return times.reduce(
    (last, one) => (one !== undefined && (last === undefined || one > last) ? one : last),
    undefined,
  );
}
