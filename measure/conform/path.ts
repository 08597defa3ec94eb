import type { TracedCall } from "./trace";

/** Calls in a row to one place, and how many. */
export interface Leg {
  place: string;
  count: number;
}

/** Several targets of one order share the calls by chance, so a call's place is its route and order. */
export const placeOf = (target: string): string => {
  const [route = "", , order = ""] = target.split(".");
  return `${route}.${order}`;
};

export function legsOf(targets: readonly string[]): Leg[] {
  const legs: Leg[] = [];
  for (const place of targets) {
    const last = legs.at(-1);
    if (last?.place === place) last.count++;
    else legs.push({ place, count: 1 });
  }
  return legs;
}

/** "chat-large ×3, then chat-in-account, then chat-fast of economy-chat"; `mark` is put around a model's name. */
export function pathText(route: string, calls: readonly Pick<TracedCall, "target">[], mark = ""): string {
  const legs = legsOf(calls.map(({ target }) => target));
  if (legs.length === 0) return "none";
  return legs.map(({ place, count }) => `${nameOf(place)}${count === 1 ? "" : ` ×${count}`}`).join(", then ");

  // Neither routes nor models have dots.
  function nameOf(target: string): string {
    const [caller = "", model = ""] = target.split(".");
    const name = `${mark}${model}${mark}`;
    return caller === route ? name : `${name} of ${mark}${caller}${mark}`;
  }
}
