/** Takes a file's path apart into the words a person reads in it: is it an image or a label, which channel, which split, which observer. */

export type Role = 'image' | 'label';
export type Split = 'train' | 'test';

/** One file below the source folder. */
export interface SourceFile {
  /** Relative to the source, separated by `/`. */
  path: string;
  /** Image ending in lower case with its dot, e.g. `.nii.gz`. */
  ending: string;
}

/** What the words in a path say; words keep their spelling. */
export interface ReadPath {
  path: string;
  ending: string;
  /** File name without its ending. */
  stem: string;
  /** Words of the folders that aren't merely "images", "labels", "train", …; one list per folder. */
  folderWords: string[][];
  /** Words like "train" and "val" in the names of its folders: two files that differ in them only are different files. */
  subset: string[];
  /** Words of the stem without role words. */
  stemWords: string[];
  role: Role;
  split: Split;
  /** Word(s) of a label's name that tell it from other labels of the same case ("axon", "lesion"); lower case. */
  part: string;
  /** Who drew it ("1stHO", "manual2"), if that is said; lower case. */
  observer: string;
  /** How surely a label of this name is the reference segmentation: 2 = "manual", "seg", "gt"; 1 = "mask", "totalseg". */
  rank: number;
}

const strongLabel =
  /^(seg|segs|segm|segmentation|segmentations|segmented|label|labels|lbl|labelmap|labelmaps|mask|masks|msk|gt|gts|groundtruth|truth|annotation|annotations|annot|manual\d?|otmulticlass|aseg|aparc|parcellation|dseg|pveseg|totalseg|totalsegmentator|synthseg|\dsth?o|\dndh?o|\drdh?o|(?:observer|rater|expert|reader|annotator)\d*)$/;
const weakLabel =
  /^(lesion|lesions|tumor|tumors|tumour|tumours|roi|rois|contour|contours|target|targets|tissue|tissues|output|outputs|y)$/;
const observerWord = /^(manual\d|\d(?:st|nd|rd|th)(?:ho)?|(?:observer|rater|expert|reader|annotator)\d+)$/;
/** What of several masks is the last to be taken for the reference: a field of view may be meant, or a program made it. */
const lesserWord = /^(mask|masks|msk|pveseg|totalseg|totalsegmentator|synthseg)$/;
const imageWord = /^(image|images|img|imgs|im|volume|volumes|vol|scan|scans|orig|original|originals)$/;
/** Words that only mean "images" as a folder's name. */
const imageFolderWord = /^(data|raw|input|inputs|x|picture|pictures|photos|jpegimages|anat|sourcedata|source)$/;
const labelFolderWord = /^(derivatives|segmentationclass|ground|manual|class)$/;
const trainWord = /^(tr|train|training|val|valid|validation|dev)$/;
const testWord = /^(ts|te|test|testing)$/;
const splitRole = /^(img|image|im|mask|msk|label|lbl|seg|gt)(\d+d?[a-z]?)$/;

/** @param useWeakWords  also take "lesion", "tumour", "roi", … as saying "label"; for sources where nothing clearer is said */
export function readPath(file: SourceFile, useWeakWords: boolean): ReadPath {
  const parts = file.path.split('/');
  const stem = parts[parts.length - 1]!.slice(0, -file.ending.length);
  let split: Split = 'train';
  let folderRole: Role | undefined;
  let observer = '';
  let rank = 0;
  const folderWords: string[][] = [];
  const subset: string[] = [];
  for (const folder of parts.slice(0, -1)) {
    const found = wordsOf(folder, true);
    const lower = found.map((word) => word.toLowerCase());
    subset.push(...lower.filter((word) => trainWord.test(word)));
    if (lower.some((word) => testWord.test(word)) && lower.every(isStructural)) split = 'test';
    if (lower.some((word) => strongLabel.test(word) || (useWeakWords && weakLabel.test(word)))) {
      folderRole = 'label';
      rank = Math.max(rank, lower.every((word) => !strongLabel.test(word) || lesserWord.test(word)) ? 1 : 2);
      observer = lower.find((word) => observerWord.test(word)) ?? observer;
    } else if (lower.some((word) => imageWord.test(word) || imageFolderWord.test(word)) && lower.every(isStructural)) {
      folderRole = 'image';
    }
    if (!lower.every(isStructural)) {
      folderWords.push(found.filter((word) => !isStructural(word.toLowerCase()) || observerWord.test(word)));
    }
  }
  const read = readStem(stem, useWeakWords);
  return {
    path: file.path,
    ending: file.ending,
    stem,
    folderWords,
    subset,
    stemWords: read.words,
    role: read.isLabel || folderRole === 'label' ? 'label' : 'image',
    split,
    part: read.part,
    observer: read.observer || observer,
    rank: Math.max(read.rank, rank),
  };
}

function readStem(stem: string, useWeakWords: boolean) {
  const isRole = (word: string) => strongLabel.test(word) || (useWeakWords && weakLabel.test(word));
  const all = wordsOf(stem, false).flatMap((word) => {
    const match = splitRole.exec(word.toLowerCase());
    return match ? [word.slice(0, match[1]!.length), word.slice(match[1]!.length)] : [word];
  });
  const lower = all.map((word) => word.toLowerCase());
  const first = lower.findIndex(isRole);
  // "lesion-manual": the word before "manual" names what was drawn.
  const named = first > 0 && !useWeakWords && weakLabel.test(lower[first - 1]!) ? first - 1 : first;
  const words: string[] = [];
  const partWords: string[] = [];
  let observer = '';
  let rank = 0;
  all.forEach((word, i) => {
    const text = lower[i]!;
    if (isRole(text)) {
      rank = Math.max(rank, lesserWord.test(text) ? 1 : 2);
      if (observerWord.test(text)) observer = text;
      if (weakLabel.test(text)) partWords.push(text);
    } else if (i === named) partWords.push(text);
    else if (imageWord.test(text) || trainWord.test(text)) return;
    // After the role comes what was drawn ("seg-axon"), unless it counts cases ("seg_001") or the role came first.
    else if (first > 0 && i > first && !/\d/.test(text)) partWords.push(text);
    else words.push(word);
  });
  return { words, isLabel: first >= 0, part: partWords.join('_'), observer, rank };
}

function isStructural(word: string): boolean {
  return [strongLabel, imageWord, imageFolderWord, labelFolderWord, trainWord, testWord, observerWord].some((words) =>
    words.test(word),
  );
}

/** Words between separators; in folder names also at a change from small to capital letters (labelsTr). */
function wordsOf(text: string, splitCamelCase: boolean): string[] {
  const spaced = splitCamelCase ? text.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2') : text;
  return spaced
    .normalize('NFC')
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter(Boolean);
}

const channelWord =
  /^(t1|t1w|t1c|t1ce|t1gd|t1n|t1post|t1pre|t2|t2w|t2f|t2s|t2star|flair|dwi|adc|hbv|pd|pdw|swi|dce|mprage|tof|bold|asl|mt\d|mtoff|mton|ct|cta|cbct|ncct|cect|pet|fdg|suv|mr|mri|cest|b\d{1,4}|ch\d+|channel\d+|inphase|outphase|inphas|outphas|inp|oup|fat|water|dapi|gfp|mod\d+|modality\d+|seq\d+)$/;

/** Whether a word names an imaging contrast or channel. */
export function isChannelWord(word: string): boolean {
  return channelWord.test(word.toLowerCase());
}
