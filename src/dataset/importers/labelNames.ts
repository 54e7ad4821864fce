/** Names the classes of an imported dataset: as the source says, after what the file names say, or label_1, label_2, … */
import { safeName } from '../names';

/** Structures that file and folder names often mention; singular, as they are written. */
const structures =
  /^(spleen|liver|kidneys?|pancreas|gallbladder|stomach|bladder|prostate|uterus|heart|atrium|ventricles?|aorta|lungs?|lobes?|airways?|trachea|nodules?|hippocamp(?:us|i)|brainstem|cerebellum|tumou?rs?|lesions?|edema|metastas[ie]s|polyps?|vessels?|artery|arteries|veins?|cord|vertebrae?|spine|bones?|femur|cartilage|muscles?|breasts?|thyroid|colon|bowel|teeth|tooth|nucle(?:us|i)|axons?|myelin|roads?|buildings?)$/i;

/**
 * @param values  the foreground values as they are in the source, ascending
 * @param part  words that name what the label files show ("lesion"); may be empty
 * @param words  words of folders and files
 * @returns one name per value, unique, never "background"
 */
export function nameClasses(
  values: readonly number[],
  declared: ReadonlyMap<number, string> | undefined,
  part: string,
  words: readonly string[],
  report: string[],
): string[] {
  if (declared) {
    const names = values.map((value, i) => declared.get(value)?.trim() || `label_${i + 1}`);
    // As the highest value "ignore" means to the source what it means to nnU-Net.
    return names.at(-1) === 'ignore' ? [...uniqueNames(names.slice(0, -1)), 'ignore'] : uniqueNames(names);
  }
  if (values.length === 1) {
    const found = safeName(part) || words.find((word) => structures.test(word))?.toLowerCase();
    if (found) {
      report.push(`The class is called "${found}", after the names of the files.`);
      return uniqueNames([found]);
    }
  }
  if (values.length > 0) {
    report.push(
      `No names of classes were found: they are called ${values.length === 1 ? 'label_1' : `label_1 … label_${values.length}`}.`,
    );
  }
  return values.map((_, i) => `label_${i + 1}`);
}

/**
 * Class names from a text or JSON file beside the images (labels.txt, classes.json, …):
 * lines "1 liver", "1: liver", "liver 1", ITK-SNAP's label descriptions, or an object either way round.
 */
export function parseClassList(text: string): Map<number, string> | undefined {
  const names = new Map<number, string>();
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json !== 'object' || json === null) return undefined;
    for (const [key, value] of Object.entries(json)) {
      if (typeof value === 'string' && /^\d+$/.test(key)) names.set(Number(key), value);
      else if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && !Array.isArray(json))
        names.set(value, key);
      else return undefined;
    }
    return names.size > 0 ? names : undefined;
  } catch {
    // Not JSON: lines.
  }
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith('#'));
  for (const line of lines) {
    const snap = /^(\d+)\s+\d+\s+\d+\s+\d+\s+[\d.]+\s+\d\s+\d\s+"(.+)"$/.exec(line);
    const first = snap ?? /^(\d+)\s*[:=,;\t ]\s*["']?([^"'\d][^"']*?)["']?$/.exec(line);
    const last = first ? undefined : /^["']?([^"'\d][^"']*?)["']?\s*[:=,;\t ]\s*(\d+)$/.exec(line);
    if (first) names.set(Number(first[1]), first[2]!.trim());
    else if (last) names.set(Number(last[2]), last[1]!.trim());
    else return undefined;
  }
  return names.size > 0 ? names : undefined;
}

/** Names that occur twice get a number; `background` and `ignore` mean something else to nnU-Net. */
export function uniqueNames(names: readonly string[]): string[] {
  const seen = new Set<string>(['background', 'ignore']);
  return names.map((name) => {
    let unique = name;
    for (let count = 2; seen.has(unique); count++) unique = `${name}_${count}`;
    seen.add(unique);
    return unique;
  });
}
