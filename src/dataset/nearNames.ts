/** Which of many file names can decide whether one of them has a partner? Large folders are compared in part: it has to be quick. */

/** So few are compared whole. */
const fewNames = 60;
/** Further names, by which words that all have in common are known. */
const mostExamples = 12;

/**
 * @param name      one of `names`
 * @param names     of its kind: images, or masks
 * @param partners  of the other kind
 * @returns those that share what is rarest in the name, and the same for a few other names
 */
export function nearNames(
  name: string,
  names: readonly string[],
  partners: readonly string[],
): { names: string[]; partners: string[] } {
  if (names.length + partners.length <= fewNames) return { names: [...names], partners: [...partners] };
  const [own, others] = [names, partners].map(byPart) as [Map<string, string[]>, Map<string, string[]>];
  const step = Math.max(1, Math.floor(names.length / mostExamples));
  const examples = [name, ...names.filter((_, at) => at % step === 0)];
  const kept = { names: new Set(examples), partners: new Set<string>() };
  for (const example of examples) {
    const part = rarest(example, own, others);
    if (part === undefined) continue;
    for (const one of own.get(part)?.slice(0, fewNames) ?? []) kept.names.add(one);
    for (const one of others.get(part)?.slice(0, fewNames) ?? []) kept.partners.add(one);
  }
  return { names: [...kept.names], partners: [...kept.partners] };
}

/** Of the parts that both kinds have, the one that fewest names have. */
function rarest(
  name: string,
  own: ReadonlyMap<string, readonly string[]>,
  others: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  const shared = partsOf(name).filter((part) => others.has(part));
  const count = (part: string): number => (own.get(part)?.length ?? 0) + others.get(part)!.length;
  return shared.reduce<string | undefined>(
    (best, part) => (best === undefined || count(part) < count(best) ? part : best),
    undefined,
  );
}

function byPart(names: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const name of names) {
    for (const part of new Set(partsOf(name))) {
      const list = found.get(part);
      if (list) list.push(name);
      else found.set(part, [name]);
    }
  }
  return found;
}

/** Letters and numbers apart, numbers without zeros before them: "img_007" has img and 7. */
function partsOf(name: string): string[] {
  return (name.toLowerCase().match(/\p{L}+|\d+/gu) ?? []).map((part) => part.replace(/^0+(?=\d)/, ''));
}
