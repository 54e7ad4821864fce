/** Which files in the folders around an image may be masks of it, by their names? Their contents have to say that they are. */
import { posix } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { madeFrom } from '../../dataset/maskOrigin';
import { maskRecordName, parsePredictionRecord } from '../../dataset/predictionRecord';
import { imagesNamedLike, isMaskFolder, isNamedMask, masksNamedLike, namesCase } from '../../dataset/pairedNames';
import type { CaseContext } from './caseContext';
import { existing, foldersIn, imagesIn, type Files, type Surroundings } from './files';

const { basename, dirname, join, relative } = posix;

const ofDatasets = /^(imagesTr|imagesTs|labelsTr|labelsTs)$/;
const mostFolders = 300;

/** Beside the image, then in folders of masks, then under the image's own name in any folder around. */
export async function masksAround(context: CaseContext, around: Surroundings, files: Files): Promise<string[]> {
  const opened = context.channelFiles[context.opened]!;
  const own = await imagesIn(dirname(opened), files);
  const [masks, images] = [own.filter(isMask), own.filter((path) => path === opened || !isMask(path))];
  const image = isMask(opened) ? imagesNamed(opened, masks, images)[0] : opened;
  const found =
    image === undefined
      ? []
      : [
          ...(await named(image, images, masks, dirname(dirname(image)))),
          ...(await inMaskFolders(image, images, context, files)),
        ];
  found.push(...(await recorded(own, context, files)));
  return [...new Set([...found, ...(await namesakes(context, around, files))])].filter((path) => path !== opened);
}

/** Masks beside the image, whatever they are called, whose own record says that they were predicted of it. */
async function recorded(own: readonly string[], context: CaseContext, files: Files): Promise<string[]> {
  const listed = await files.list(dirname(context.channelFiles[context.opened]!));
  const names = new Set(listed?.map(({ name }) => name));
  const one = { id: context.caseId, images: context.channelFiles };
  const found = own.map(async (path) => {
    const record = maskRecordName(path);
    if (!names.has(record)) return [];
    const text = (await files.readText(join(dirname(path), record))) ?? '';
    return madeFrom({ input: parsePredictionRecord(text).input }, one) === 'this' ? [path] : [];
  });
  return (await Promise.all(found)).flat();
}

const isMask = (path: string): boolean => isNamedMask(basename(path));

/** Images in one folder that are of a mask's case. */
export function imagesNamed(mask: string, masks: readonly string[], images: readonly string[]): string[] {
  const root = dirname(dirname(mask));
  const from = (path: string): string => relative(root, path);
  return imagesNamedLike(from(mask), images.filter((path) => path !== mask).map(from), masks.map(from)).map((path) =>
    join(root, path),
  );
}

/**
 * Comparing the names of one folder takes some milliseconds: the extension host goes on with other work in between.
 * @param root  a folder that all lie below
 */
async function named(
  image: string,
  images: readonly string[],
  masks: readonly string[],
  root: string,
): Promise<string[]> {
  await setImmediate();
  const from = (path: string): string => relative(root, path);
  return masksNamedLike(from(image), images.map(from), masks.map(from)).map((path) => join(root, path));
}

/** masks/ in the image's folder or beside it; masks/p1 for p1/ and for images/p1. */
async function inMaskFolders(
  image: string,
  images: readonly string[],
  { datasetFolder }: CaseContext,
  files: Files,
): Promise<string[]> {
  const own = dirname(image);
  const above = dirname(own);
  const places = [
    { parent: own, inner: '', root: above },
    { parent: above, inner: '', root: above },
    { parent: above, inner: basename(own), root: above },
    { parent: dirname(above), inner: basename(own), root: dirname(above) },
  ].filter(({ parent }) => parent !== '/');
  const found: string[] = [];
  for (const { parent, inner, root } of places) {
    for (const name of (await foldersIn(parent, files)).filter(isMaskFolder)) {
      const folder = join(parent, name, inner);
      // A dataset's own labels are found by nnU-Net's rules.
      if (folder === own || (datasetFolder === parent && ofDatasets.test(name))) continue;
      found.push(...(await named(image, images, await imagesIn(folder, files), root)));
    }
  }
  return found;
}

/** Files of the image's own name in other folders: results of programs and second readers keep it. */
async function namesakes(context: CaseContext, { workspaces }: Surroundings, files: Files): Promise<string[]> {
  const own = dirname(context.channelFiles[context.opened]!);
  // Where each case has a folder, files of one name are of many cases.
  if (context.datasetFolder === undefined && !namesCase(context.caseId + context.ending)) return [];
  const parents = [
    ...new Set([own, dirname(own), ...(context.datasetFolder ? [context.datasetFolder] : []), ...workspaces]),
  ];
  const folders = new Set<string>();
  for (const parent of parents.filter((folder) => folder !== '/')) {
    folders.add(parent);
    for (const name of await foldersIn(parent, files)) {
      const isOther = parent === dirname(own) && isOfOtherCase(name, basename(own));
      if (ofDatasets.test(name) || name.startsWith('.') || name === 'node_modules' || isOther) continue;
      folders.add(join(parent, name));
      // Predictions are often collected: predictions/model_a/CASE.nii.gz
      if (!collects(name)) continue;
      for (const inner of await foldersIn(join(parent, name), files)) folders.add(join(parent, name, inner));
    }
  }
  const candidates = [...folders].slice(0, mostFolders).map((folder) => join(folder, context.caseId + context.ending));
  return existing(
    candidates.filter((path) => !context.channelFiles.includes(path)),
    files,
  );
}

/** p1 and p2, sub-001 and sub-002. */
function isOfOtherCase(name: string, own: string): boolean {
  const pattern = (text: string): string => text.replace(/\d+/g, '#');
  return name !== own && pattern(name) === pattern(own);
}

const collects = (name: string): boolean => /pred|infer|output|result/i.test(name);
