/** What stands in place of the names of people's data in words for an assistant? "case 3", "file 2": the same name each time. */
import { homedir } from 'node:os';
import { basename, dirname } from 'node:path';
import { imageEndings, splitEnding } from '../images/endings';
import { isWithinWord, NameTree } from './nameTree';

/** Between the word and the number of what stands for a name, until a text is done: so that nothing is hidden twice. */
const mark = '\uE000';
const standIn = new RegExp(`(?:case|file|folder)${mark}\\d+`, 'y');
/** Before what stands for a folder that everybody knows: nnUNet_raw, ~. */
const placeMark = '\uE001';

/** Names that the program and nnU-Net give to files and folders: they tell nothing about a person. */
const ownNames = [
  /^(dataset|splits_final|summary|plans|nnUNet\w*|dataset_fingerprint|run|job|result|events|postprocessing)\.jsonl?$/,
  /^(checkpoint_(latest|best|final)\.(pth|safetensors)|core\.log|log\.txt|progress\.(png|csv))$/,
  /^(images|labels)T[rs]$/,
  /^nnUNet_(raw|preprocessed|results)$/,
  /^Dataset\d{3}_[\p{L}\p{N}_-]+$/u,
  /^nnUNetTrainer\w*__\w+__\w+$/,
  /^(fold_(\d+|all)|validation|predicted_next_stage|control|earlier_runs|\.nnunet|jobs)$/,
  new RegExp(`^(case|file|folder)${mark}\\d+(_\\d{4})?(\\.[a-z]{2,5}\\d?){0,2}$`),
];

const otherEndings = 'json jsonl npz npy pkl b2nd pth safetensors onnx dcm txt csv log zip'.split(' ');
const endings = [...imageEndings.map((ending) => ending.slice(1)), ...otherEndings].map((one) =>
  one.replace('.', '\\.'),
);
/** No path or name goes on here. */
const end = String.raw`\s"'()\[\]:;,`;
const notWithinName = String.raw`(?<![\p{L}\p{N}_.~\\/${placeMark}-])`;
/** From where a path begins to its last separator, blanks in between, and the file or word behind that. */
const wholePath = new RegExp(
  String.raw`${notWithinName}(?:file://)?(?:~|[A-Za-z]:|\\)?[\\/][^${end}](?:[^"'()\[\]:;,\n]*[\\/])?(?:[^"'()\[\]:;,\n]*\.(?:${endings.join('|')})(?![\p{L}\p{N}])|[^${end}]*)`,
  'gu',
);
/** What begins with a folder whose name tells nothing. */
const knownPath = new RegExp(
  String.raw`(?:${placeMark}|${notWithinName}(?:(?:images|labels)T[rs]|Dataset\d{3}_[\p{L}\p{N}_-]+)[\\/])[^${end}]*`,
  'gu',
);
const fileWord = new RegExp(String.raw`[^${end}${placeMark}]+\.(?:${endings.join('|')})(?![\p{L}\p{N}])`, 'giu');

export class HiddenNames {
  private readonly tree = new NameTree();
  /** Of those that are too common to be hidden everywhere. */
  private readonly weakTree = new NameTree();
  private readonly caseNumbers = new Map<string, number>();
  private readonly cases: string[] = [];
  private readonly others = new Map<string, string>();
  private readonly counts = { file: 0, folder: 0 };
  private readonly kept = new Set<string>();
  private readonly places: [path: string, shown: string][] = [[homedir(), '~']];

  /** @param areShared  the person allows names to be told: everything stays as it is */
  constructor(readonly areShared = false) {}

  /** Words that stay, though a case may be called so: names of labels and channels. */
  keep(words: readonly string[]): void {
    for (const word of words) this.kept.add(comparable(word));
  }

  /** A folder that is shown by a name that everybody knows: "nnUNet_raw". */
  addPlace(path: string, shown: string): void {
    this.places.push([path, shown]);
    // The innermost first.
    this.places.sort(([a], [b]) => b.length - a.length);
  }

  /** Cases are numbered in this order, from 1; those known already keep their numbers. */
  addCases(ids: Iterable<string>): void {
    for (const id of ids) {
      const key = comparable(id);
      if (key === '' || this.caseNumbers.has(key)) continue;
      this.cases.push(id);
      this.caseNumbers.set(key, this.cases.length);
      const tree = this.kept.has(key) || isWeak(key) ? this.weakTree : this.tree;
      tree.add(key, `case${mark}${this.cases.length}`);
    }
  }

  /** Files and folders that belong to no case. */
  addFiles(names: Iterable<string>, kind: 'file' | 'folder' = 'file'): void {
    for (const name of names) {
      const key = comparable(name);
      const isTold = kind === 'folder' && (isWeak(key) || this.caseNumbers.has(key));
      if (key === '' || isTold || ownNames.some((own) => own.test(name))) continue;
      this.tree.add(key, this.other(key, kind) + (kind === 'file' ? splitEnding(key).ending : ''));
    }
  }

  /** What stands for a case (with marks, as `hide` leaves them); the number is its place in the list of cases. */
  case(id: string): string {
    if (this.areShared) return id;
    this.addCases([id]);
    return `case${mark}${this.caseNumbers.get(comparable(id))}`;
  }

  /** The case that an assistant means by what it was told. */
  idOf(shown: string): string {
    const number = /^case[ _]?(\d+)$/i.exec(shown.trim())?.[1];
    return this.areShared || number === undefined ? shown : (this.cases[Number(number) - 1] ?? shown);
  }

  /** The same value with names hidden in every text that it holds; `withoutMarks` when nothing is left to hide. */
  hide<T>(value: T): T {
    if (this.areShared) return value;
    if (typeof value === 'string') return this.hideText(value) as T;
    if (Array.isArray(value)) return value.map((one: unknown) => this.hide(one)) as T;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.hide(one as unknown)])) as T;
  }

  /** Of a path that stands alone, where no word can be mistaken for a part of it. */
  hidePath(path: string): string {
    if (this.areShared) return path;
    const place = this.places.find(([folder]) => startsWithPath(path, folder));
    if (!place) return this.standInOf(path);
    const names = path.slice(place[0].length).split(/[\\/]/).filter(Boolean);
    return [placeMark + place[1], ...names.map((name) => this.hiddenName(name))].join('/');
  }

  private hideText(text: string): string {
    let hidden = text.normalize('NFC');
    for (const [path, shown] of this.places) hidden = replacePath(hidden, path, `${placeMark}${shown}`);
    hidden = this.hideKnown(hidden);
    hidden = hidden.replace(knownPath, (path) =>
      path
        .split(/(?<=[\\/])|(?=[\\/])/)
        .map((part, at) => (at === 0 || /^[\\/]$/.test(part) ? part : this.hiddenName(part)))
        .join(''),
    );
    hidden = hidden.replace(wholePath, (path) => this.standInOf(path));
    hidden = hidden.replace(fileWord, (word) => {
      const parts = word.split(/[\\/]/);
      return parts.every(isOwnName)
        ? word
        : parts.length > 1
          ? parts.map((part) => this.hiddenName(part)).join('/')
          : this.standInOf(word);
    });
    return hidden;
  }

  private hideKnown(text: string): string {
    let hidden = '';
    for (let at = 0; at < text.length;) {
      standIn.lastIndex = at;
      const done = standIn.exec(text)?.[0];
      const found =
        done || isWithinWord(text, at) ? undefined : (this.tree.longestAt(text, at) ?? this.weakCaseAt(text, at));
      hidden += done ?? found?.value ?? text[at]!;
      at = done ? at + done.length : (found?.end ?? at + 1);
    }
    return hidden;
  }

  /** A case called "a", "7" or "image" is hidden only where a case must be meant: in the name of a file, and behind the word. */
  private weakCaseAt(text: string, at: number): { end: number; value: string } | undefined {
    const found = this.weakTree.longestAt(text, at);
    if (!found) return undefined;
    const isFile = endsFileName.test(text.slice(found.end, found.end + 20));
    return isFile || /\bcases? "?$/i.test(text.slice(Math.max(0, at - 8), at)) ? found : undefined;
  }

  private hiddenName(name: string): string {
    if (isOwnName(name)) return name;
    const known = this.hideKnown(name.normalize('NFC'));
    return isOwnName(known) ? known : this.standInOf(name);
  }

  private standInOf(path: string): string {
    const name = basename(path.replaceAll('\\', '/'));
    const { stem, ending } = splitEnding(name);
    const isFile = ending !== '' && fileEnding.test(ending);
    const key = comparable(`${dirname(path)}/${isFile ? stem : name}`);
    return this.other(key, isFile ? 'file' : 'folder') + (isFile ? ending.toLowerCase() : '');
  }

  private other(key: string, kind: 'file' | 'folder'): string {
    const known = this.others.get(key);
    if (known !== undefined) return known;
    const shown = `${kind}${mark}${(this.counts[kind] += 1)}`;
    this.others.set(key, shown);
    return shown;
  }
}

const shortest = 3;
const endsFileName = new RegExp(`^(_\\d{4})?\\.(${endings.join('|')})(?![\\p{L}\\p{N}])`, 'iu');
const fileEnding = new RegExp(`^\\.(${endings.join('|')})$`, 'i');

/** So short or common that it stands in every text by chance, and tells nobody anything there. */
function isWeak(name: string): boolean {
  return name.length < shortest || /^\d{1,3}$/.test(name) || everyday.has(name);
}

const everyday = new Set(
  'case cases image images label labels mask masks scan scans patient patients data dataset training validation test file files folder folders model segmentation prediction predictions background'.split(
    ' ',
  ),
);

function isOwnName(name: string): boolean {
  return name === '' || name === '.' || name === '..' || ownNames.some((own) => own.test(name));
}

function comparable(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

function startsWithPath(path: string, folder: string): boolean {
  return path.startsWith(folder) && /^([\\/]|$)/.test(path.slice(folder.length));
}

/** Everywhere in a text, where the path does not go on as another name. */
function replacePath(text: string, path: string, shown: string): string {
  if (path.length < 2) return text;
  const parts = text.split(path.normalize('NFC'));
  return parts.reduce((before, after) => before + (/^[\p{L}\p{N}_-]/u.test(after) ? path : shown) + after);
}

/** "case case 3" where a message said "case Hans". */
const repeated = new RegExp(`\\b(case|file|folder) (?=\\1${mark})`, 'gi');

/** What was hidden, as it leaves. */
export function withoutMarks<T>(value: T): T {
  if (typeof value === 'string')
    return value.replace(repeated, '').replaceAll(mark, ' ').replaceAll(placeMark, '') as T;
  if (Array.isArray(value)) return value.map((one: unknown) => withoutMarks(one)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutMarks(one as unknown)])) as T;
}
