/** Which masks are, by their names, of the same case as an image? The importer's way of reading names; without certainty, none. */
import { splitEnding } from '../images/endings';
import { bestAttempt } from './importers/pairing';
import type { Attempt, Matching } from './importers/matching';
import { nearNames } from './nearNames';
import { isChannelWord, readPath, type ReadPath, type Role } from './importers/words';

/**
 * @param image   relative to a folder that all lie below, with `/`, as the others
 * @param images  all images that lie with it: names are told apart by what differs among them
 * @param masks   files that may be masks; what the name does not say, the folder's may ("masks/a.nii.gz")
 * @returns those of `masks` that are of this case and no other
 */
export function masksNamedLike(image: string, images: readonly string[], masks: readonly string[]): string[] {
  const near = nearNames(image, images, masks);
  const own = read(image, 'image');
  const fitting = near.partners
    .map((path) => read(path, 'label'))
    .filter((mask) => mask.path !== image && inSubset(own, mask));
  const taken = new Set(fitting.map(({ path }) => path));
  const others = near.names.filter((path) => path !== image && !taken.has(path)).map((path) => read(path, 'image'));
  const all = [own, ...others];
  const paired = pairsOf(all, fitting).filter((pair) => pair.image === image);
  const longer = fitting.filter((mask) => begins(own, all, mask)).map(({ path }) => path);
  const found = new Set([...paired.map(({ mask }) => mask), ...longer, ...nameless(own, all, fitting)]);
  return masks.filter((path) => found.has(path));
}

/** The other way round: images of the case that a mask is of. */
export function imagesNamedLike(mask: string, images: readonly string[], masks: readonly string[]): string[] {
  const near = nearNames(mask, masks, images);
  const own = read(mask, 'label');
  const all = near.partners.filter((path) => path !== mask).map((path) => read(path, 'image'));
  const fitting = all.filter((image) => inSubset(image, own));
  const others = near.names
    .filter((path) => path !== mask && !near.partners.includes(path))
    .map((path) => read(path, 'label'));
  const paired = pairsOf(fitting, [own, ...others]).filter((pair) => pair.mask === mask);
  const shorter = fitting.filter((image) => begins(image, all, own) || nameless(image, all, [own]).length > 0);
  const found = new Set([...paired.map(({ image }) => image), ...shorter.map(({ path }) => path)]);
  return images.filter((path) => found.has(path));
}

/** Whether a name alone, or its folder's, says that the file is a mask. */
export function isNamedMask(path: string): boolean {
  return read(path).role === 'label';
}

/** Whether a file's name says more than what is seen in it: "t1" and "mask" are of any case. */
export function namesCase(name: string): boolean {
  return read(name).stemWords.some((word) => !isChannelWord(word));
}

/** Whether a folder's name says that its files are masks, and nothing else: "masks", "labelsTr", "segmentations". */
export function isMaskFolder(name: string): boolean {
  const { role, folderWords } = read(`${name}/1.nii`);
  return role === 'label' && folderWords.length === 0;
}

/** What the names say for certain. */
function pairsOf(images: readonly ReadPath[], masks: readonly ReadPath[]): { image: string; mask: string }[] {
  const attempt = bestAttempt(images, masks);
  if (!attempt || !isSure(attempt)) return [];
  const byBeginning = attempt.matching === 'beginning';
  return attempt.groups
    .filter(({ key }) => key !== '')
    .flatMap((group) => [...group.images.values()].flatMap((image) => group.labels.map((mask) => ({ image, mask }))))
    .filter(({ image, mask }) => !byBeginning || !hasFurtherNumber(image, mask))
    .map(({ image, mask }) => ({ image: image.path, mask: mask.path }));
}

const surely: readonly Matching[] = ['exact', 'numbers', 'beginning'];

/** Where names agree only apart from words that all share, both folders must hold the same cases: else it is a coincidence. */
function isSure({ matching, groups, unattached }: Attempt): boolean {
  if (matching === 'folder') return false;
  return surely.includes(matching) || (groups.length > 1 && unattached === 0 && groups.every(hasLabel));
}

const hasLabel = ({ labels }: { labels: readonly unknown[] }): boolean => labels.length > 0;

/** p1_hippocampus_seg is of p1, where no image is called p1_hippocampus: whole words, and no further number. */
function begins(own: ReadPath, images: readonly ReadPath[], mask: ReadPath): boolean {
  const isPrefix = (image: ReadPath): boolean =>
    String(caseFolders(image)) === String(caseFolders(mask)) &&
    image.stemWords.length > 0 &&
    image.stemWords.every((word, at) => mask.stemWords[at]?.toLowerCase() === word.toLowerCase());
  const isLonger = (image: ReadPath): boolean => image.stemWords.length > own.stemWords.length;
  return isPrefix(own) && !hasFurtherNumber(own, mask) && !images.some((image) => isPrefix(image) && isLonger(image));
}

/** Without those that only say what is seen in their images: ct/p1, T1/p1. */
const caseFolders = ({ folderWords }: ReadPath): string[][] =>
  folderWords.filter((words) => !words.every(isChannelWord));

/** mask.nii.gz says no case: it is of the only one in its folder. */
function nameless(own: ReadPath, images: readonly ReadPath[], masks: readonly ReadPath[]): string[] {
  const folder = folderOf(own);
  const isAlone = images.filter((one) => folderOf(one) === folder).every((one) => caseWords(one) === caseWords(own));
  if (!isAlone) return [];
  return masks.filter((mask) => folderOf(mask) === folder && mask.stemWords.length === 0).map(({ path }) => path);
}

/** case_1_2 may be another visit than case_1. */
function hasFurtherNumber(own: ReadPath, label: ReadPath): boolean {
  const known = [...own.folderWords.flat(), ...own.stemWords];
  const words = [...label.folderWords.flat(), ...label.stemWords];
  return [...words.filter((word) => !known.includes(word)), ...known.filter((word) => !words.includes(word))].some(
    (word) => /\d/.test(word) && !isChannelWord(word) && !/^[23]d$/i.test(word),
  );
}

function caseWords({ stemWords }: ReadPath): string {
  return stemWords.filter((word) => !isChannelWord(word) && !/^\d{4}$/.test(word)).join(' ');
}

/** Words like "lesion" mean a mask here, too: what is no mask shows in its contents. */
function read(path: string, role?: Role): ReadPath {
  const { ending } = splitEnding(path);
  const clear = readPath({ path, ending }, false);
  const found = clear.role === 'label' ? clear : readPath({ path, ending }, true);
  return { ...found, role: role ?? found.role };
}

/** imagesTr/a and labelsTs/a are two patients. Where only one says what it is part of, nothing speaks against it. */
function inSubset(image: ReadPath, mask: ReadPath): boolean {
  const [one, other] = [image, mask].map(({ subset, split }) => {
    return split === 'test' ? 'te' : subset.at(-1)?.slice(0, 2);
  }) as [string | undefined, string | undefined];
  return one === undefined || other === undefined || one === other;
}

const folderOf = ({ path }: ReadPath): string => path.slice(0, path.lastIndexOf('/') + 1);
