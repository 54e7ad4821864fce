/** Plans the import of a folder of images and labels without any list: pairs by names, and by content where names say nothing. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { mapConcurrently } from '../../storage/mapConcurrently';
import { safeName } from '../names';
import { readScan } from '../scans';
import { parseClassList } from './labelNames';
import { surveyLabel } from './labelSurvey';
import { isLossy } from './examineLabels';
import { type PairedCase, type Pairing, pairFiles } from './pairing';
import type { ImportCase, ImportContext, ImportPlan } from './plan';
import type { SourceListing } from './sourceFiles';
import { isChannelWord } from './words';
import { counted } from '../../words/counted';

/** Reading contents to tell labels from images is for small folders: beyond this, names must do. */
const mostFilesToOpen = 300;

export async function planLooseFiles(
  source: string,
  listing: SourceListing,
  context: ImportContext,
): Promise<ImportPlan> {
  const sourceName = basename(source);
  const report: string[] = [];
  let pairing = pairFiles(listing.images, sourceName);
  if (pairing.cases.length === 0) {
    const labels = await findLabelsByContent(source, listing, context);
    if (labels.size > 0) {
      const roles = new Map(
        listing.images.map(({ path }): [string, 'image' | 'label'] => [path, labels.has(path) ? 'label' : 'image']),
      );
      pairing = pairFiles(listing.images, sourceName, roles);
      if (pairing.cases.length > 0) report.push('Labels were told from images by their content: few whole numbers.');
    }
  }
  reportPairing(pairing, report);
  const classes = await readClassList(source, listing.others, report);
  return {
    suggestedName: safeName(sourceName) || 'Dataset',
    cases: pairing.cases.map((one) => absolute(source, one)),
    testCases: pairing.testCases.map((one) => absolute(source, one)),
    refused: [],
    unused: pairing.unused,
    informative: classes ? [classes.file] : [],
    channelWords: pairing.channels,
    ...(classes ? { labelNames: classes.names } : {}),
    about: {},
    report,
  };
}

function absolute(source: string, { id, images, labels }: PairedCase): ImportCase {
  return {
    id,
    images: images.map((path) => ({ file: join(source, path) })),
    labels: labels.map(({ path, part }) => ({ file: join(source, path), part })),
  };
}

function reportPairing({ cases, testCases, channels }: Pairing, report: string[]): void {
  if (cases.length === 0) return;
  const perCase = channels.length > 1 ? ` with ${counted(channels.length, 'channel')} (${channels.join(', ')})` : '';
  const [example] = cases;
  const labels = example!.labels.map(({ path }) => path).join(' + ');
  report.push(
    `Paired ${counted(cases.length, 'case')}${perCase} by name, e.g. ${example!.images.join(' + ')} with ${labels}.`,
  );
  if (channels.some((channel, i) => /^\d+$/.test(channel) && Number(channel) !== i)) {
    report.push(
      `The channels are numbered ${channels.join(', ')} in the names; they became 0 to ${channels.length - 1}.`,
    );
  }
  if (testCases.length > 0) report.push(`${testCases.length} test images go to imagesTs.`);
}

/** Relative paths of the files that hold few different whole numbers, most of them 0. */
async function findLabelsByContent(
  source: string,
  { images }: SourceListing,
  { signal }: ImportContext,
): Promise<Set<string>> {
  const found = new Set<string>();
  if (images.length < 2 || images.length > mostFilesToOpen) return found;
  await mapConcurrently(images, 2, async ({ path }) => {
    signal?.throwIfAborted();
    // A file that can't be read says nothing here; it is reported when its case is examined.
    const scan = await readScan(join(source, path)).catch(() => undefined);
    if (!scan || scan.header.channels > 1) return;
    const survey = surveyLabel(scan.data, 1, scan.header.shape, isLossy(path));
    const values = [...survey.counts.keys()];
    const isLabel =
      survey.fraction === 0 &&
      survey.nonFinite === 0 &&
      survey.counts.has(0) &&
      Math.min(...values) === 0 &&
      (values.length <= 64 || survey.softEdges);
    if (isLabel && values.length > 1) found.add(path);
  });
  // Everything or nothing looks like a label: content does not help either.
  return found.size === images.length ? new Set() : found;
}

async function readClassList(
  source: string,
  others: readonly string[],
  report: string[],
): Promise<{ file: string; names: Map<number, string> } | undefined> {
  const file = others.find((path) =>
    /^(labels?|classes|class_?names|label_?names|label_?map|labelmap)\.(txt|json|csv|label)$/i.test(basename(path)),
  );
  if (!file) return undefined;
  const names = parseClassList(await readFile(join(source, file), 'utf8').catch(() => ''));
  if (!names) return undefined;
  report.push(`Names of the classes come from ${file}.`);
  return { file, names };
}

/** Words of the source's folder and of a case's first files, for names of channels and classes. */
export function wordsOfSource(source: string, one: ImportCase | undefined): string[] {
  const words = (text: string) =>
    text
      .split(/[^\p{L}\p{N}]+/u)
      .flatMap((word) => [word, word.replace(/\d+$/, '')])
      .filter(Boolean);
  const own = one ? [...one.labels, ...one.images].flatMap(({ file }) => words(basename(file))) : [];
  return [...own, ...words(basename(source))].filter((word, i, all) => all.indexOf(word) === i || isChannelWord(word));
}
