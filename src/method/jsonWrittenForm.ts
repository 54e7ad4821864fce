/** What a JSON text says that plain JavaScript values can't hold: "1.0" is not "1", and the order of keys like "2", "1". */

interface WrittenForm {
  /** All keys in file order; only kept for objects in which JavaScript would reorder them. */
  keys: string[] | undefined;
  /** Keys (or indices) whose whole number was written as a float. */
  floats: ReadonlySet<string> | undefined;
}

const forms = new WeakMap<object, WrittenForm>();

export function rememberWrittenForm(container: object, keys: string[] | undefined, floats: Set<string>): void {
  forms.set(container, { keys, floats: floats.size > 0 ? floats : undefined });
}

/** Undefined for objects and lists that were not read from a text. */
export function writtenForm(container: object): WrittenForm | undefined {
  return forms.get(container);
}

/** An object with the given members, whose key order is remembered even where JavaScript would change it. */
export function objectInOrder<T>(members: readonly (readonly [string, T])[]): Record<string, T> {
  const object = Object.fromEntries(members) as Record<string, T>;
  rememberWrittenForm(
    object,
    members.map(([key]) => key),
    new Set(),
  );
  return object;
}
