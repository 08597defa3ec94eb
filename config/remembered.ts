/** What was made of an object before, or is made now: for what nobody changes, so that it is made once. */
export function remembered<K extends object, T>(known: WeakMap<K, T>, of: K, make: () => T): T {
  const found = known.get(of);
  if (found !== undefined) return found;
  const made = make();
  known.set(of, made);
  return made;
}
