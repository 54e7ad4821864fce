/** Which files of a source an import does not use, each with its reason: whatever was listed and is in no case is named. */
import { join, relative } from 'node:path';
import type { ExaminedCase } from './examineCases';
import type { LabelMapping } from './labelMapping';
import type { ImportCase, RefusedCase, UnusedCode, UnusedFile } from './plan';
import { type SourceListing, conversionOf, mayHoldImages } from './sourceFiles';
import { countedAre } from '../../words/counted';

/** Files that nobody expects to find in a dataset: said, but no reason to worry. */
const harmless: readonly UnusedCode[] = ['hidden', 'not-an-image', 'linked-twice'];

export function isHarmless({ code }: UnusedFile): boolean {
  return harmless.includes(code);
}

/**
 * @param used  absolute paths of all files that went into a case or told names
 * @param known  reasons that are known for single files; the first one counts
 */
export function unusedFiles(
  source: string,
  { images, others, hidden, repeated }: SourceListing,
  used: ReadonlySet<string>,
  known: readonly UnusedFile[],
): UnusedFile[] {
  const reasons = new Map<string, UnusedFile>();
  for (const one of known) if (!reasons.has(one.file)) reasons.set(one.file, one);
  const describe = (file: string, reason: string, code: UnusedCode) => reasons.get(file) ?? { file, reason, code };
  return [
    ...images.map(({ path }) => describe(path, 'not listed in dataset.json', 'not-listed')),
    ...others.map((path) => {
      if (!mayHoldImages(path)) return describe(path, 'no image', 'not-an-image');
      const advice = conversionOf([path]);
      return describe(path, `this format cannot be imported${advice ? ` (${advice})` : ''}`, 'other-format');
    }),
    ...repeated.map(({ path, as }) => describe(path, `a link leads to ${as} again`, 'linked-twice')),
    ...hidden.map((path) => describe(path, 'hidden', 'hidden')),
  ].filter(({ file }) => !used.has(join(source, file)));
}

/** Files that cases are made of, with the files beside them that belong to them: voxels of .mhd and .nhdr, spacing of TIFF stacks. */
export function filesOfCases(
  source: string,
  { others }: SourceListing,
  cases: readonly ExaminedCase[],
  { parts }: LabelMapping,
): string[] {
  const files = cases.flatMap(({ images, labels }) => [
    ...images.map(({ file }) => file),
    ...labels.filter((label) => parts.some(({ part }) => part === label.part)).map(({ file }) => file),
  ]);
  const heads = new Set(files.filter((file) => /\.(mhd|nhdr|tiff?)$/i.test(file)).map(withoutEnding));
  const beside = others
    .map((path) => join(source, path))
    .filter((file) => /\.(raw|zraw|raw\.gz|json)$/i.test(file) && heads.has(withoutEnding(file)));
  return [...files, ...beside];
}

function withoutEnding(file: string): string {
  return file.replace(/(\.raw)?\.\w+$/, '');
}

/** The files of the cases that were planned and then refused. */
export function filesOfRefused(
  source: string,
  planned: readonly ImportCase[],
  refused: readonly RefusedCase[],
): UnusedFile[] {
  const byId = new Map(planned.map((one) => [one.id, one]));
  return refused.flatMap((one) => {
    const { images, labels } = byId.get(one.case)!;
    return asUnused(
      source,
      one,
      [...images, ...labels].map(({ file }) => file),
    );
  });
}

/** @param files  absolute */
export function asUnused(source: string, { case: id, code, why }: RefusedCase, files: readonly string[]): UnusedFile[] {
  const reason = `case ${id} was left out: ${why}`;
  return files.map((file) => ({ file: relative(source, file).replaceAll('\\', '/'), reason, code }));
}

/** Label files whose part of the segmentation was not taken. */
export function passedOverParts(source: string, cases: readonly ExaminedCase[], { parts }: LabelMapping): UnusedFile[] {
  const taken = parts.map(({ part }) => `"${part || 'the plainly named ones'}"`).join(', ');
  return cases
    .flatMap(({ labels }) => labels.filter((label) => !parts.some(({ part }) => part === label.part)))
    .map(({ file }) => ({
      file: relative(source, file).replaceAll('\\', '/'),
      reason: `a case has one segmentation: of several masks ${taken} were taken`,
      code: 'other-label',
    }));
}

const mostNamed = 50;

/** One line per reason with the files it holds for; beyond fifty the rest is counted. */
export function describeUnused(unused: readonly UnusedFile[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { reason, file } of unused) byReason.set(reason, [...(byReason.get(reason) ?? []), file]);
  return [...byReason].map(([reason, files]) => {
    const rest = files.length > mostNamed ? ` and ${files.length - mostNamed} more (--json lists all)` : '';
    const what = files.length === 1 ? 'Not used' : `${countedAre(files.length, 'file')} not used`;
    return `${what}: ${files.slice(0, mostNamed).join(', ')}${rest}: ${reason.replace(/\.$/, '')}.`;
  });
}
