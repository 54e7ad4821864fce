/** Decides what the label values of a source become: 0, 1, 2, … without gaps, with a name each. */
import type { LabelSurvey } from './labelSurvey';
import { nameClasses, uniqueNames } from './labelNames';

/** What was seen in the files of one part ("axon"; empty where a case has one label file) over all cases. */
export interface PartSurvey {
  part: string;
  /** Value -> voxels, summed over cases. */
  counts: Map<number, number>;
  colour: boolean;
  softEdges: boolean;
  /** Each file has at most one value besides 0. */
  isBinary: boolean;
}

export interface LabelMapping {
  /** Parts in the order they are painted: later ones lie over earlier ones. */
  parts: { part: string; values: Map<number, number> }[];
  /** Files are black and white with soft edges: everything from 128 up is foreground. */
  threshold: boolean;
  /** dataset.json's `labels`, in order of value. */
  labels: Map<string, number>;
  report: string[];
  /** True if each file's values stay as they are. */
  isIdentity: boolean;
}

/** Adds one file's survey to its part's. */
export function addSurvey(parts: Map<string, PartSurvey>, part: string, survey: LabelSurvey): void {
  const known = parts.get(part) ?? {
    part,
    counts: new Map<number, number>(),
    colour: false,
    softEdges: false,
    isBinary: true,
  };
  for (const [value, count] of survey.counts) {
    const whole = Math.round(value);
    known.counts.set(whole, (known.counts.get(whole) ?? 0) + count);
  }
  known.isBinary &&= survey.softEdges || foreground(survey.counts).length <= 1;
  known.colour ||= survey.colour;
  known.softEdges ||= survey.softEdges;
  parts.set(part, known);
}

/**
 * @param declared  value -> name as the source gives it; such values are kept even if they don't occur
 * @param words  words of folders and files, from which a single class can get its name
 */
export function mapLabels(
  surveys: readonly PartSurvey[],
  declared: ReadonlyMap<number, string> | undefined,
  words: readonly string[],
): LabelMapping {
  const report: string[] = [];
  // One smoothed mask among clean ones: all are black and white.
  const blackAndWhite = surveys.every(
    ({ counts, softEdges }) => softEdges || foreground(counts).every((v) => v === 255),
  );
  const threshold = !declared && blackAndWhite && surveys.some(({ softEdges }) => softEdges);
  if (threshold) report.push('Label files are black and white with soft edges: values from 128 up became 1.');
  const seen = surveys.map((survey) => ({ ...survey, values: threshold ? [255] : foreground(survey.counts) }));
  const used = chooseParts(seen, report);
  if (used.length > 1) return mapParts(used, threshold, report);

  const { part, values, colour } = used[0] ?? { part: '', values: [] as number[], colour: false };
  const all = [...new Set([...values, ...(declared ? [...declared.keys()].filter((v) => v !== 0) : [])])].sort(
    (a, b) => a - b,
  );
  const ignore = !declared && all.at(-1) === 255 && all.length > 2 && all.every((v, i) => v === i + 1 || v === 255);
  const mapping = new Map(all.map((value, i) => [value, i + 1]));
  if (!declared && used[0] && isMaskOfOneClass(used[0])) {
    all.length = 1;
    for (const value of mapping.keys()) mapping.set(value, 1);
  }
  const moved = [...mapping].filter(([from, to]) => from !== to);
  if (moved.length > 0 && !threshold) {
    const show = (value: number) => (colour ? `#${value.toString(16).padStart(6, '0')}` : String(value));
    const listed = moved.slice(0, 20).map(([from, to]) => `${show(from)} -> ${to}`);
    report.push(`Label values were renumbered: ${listed.join(', ')}${moved.length > 20 ? ', …' : ''}.`);
  }
  if (declared) {
    const extra = values.filter((value) => !declared.has(value));
    if (extra.length > 0)
      report.push(`Label values that dataset.json does not declare got names of their own: ${extra.join(', ')}.`);
  }
  if (all.length > 60 && !declared) {
    report.push(
      `There are ${all.length} different label values: if they number single objects (instances), make them classes first.`,
    );
  }
  const names = nameClasses(all, declared, part, words, report);
  if (ignore) {
    names[names.length - 1] = 'ignore';
    report.push('Label value 255 was taken for "not annotated" (nnU-Net\'s ignore label).');
  }
  const background = declared?.get(0);
  if (background && background !== 'background')
    report.push(`Label 0 was called "${background}"; nnU-Net calls it "background".`);
  const labels = new Map([['background', 0], ...names.map((name, i): [string, number] => [name, i + 1])]);
  return {
    parts: [{ part, values: mapping }],
    threshold,
    labels,
    report,
    isIdentity: moved.length === 0 && !threshold,
  };
}

interface SeenPart extends PartSurvey {
  values: number[];
}

/** Several parts are one segmentation if each is a plain mask; otherwise one of them must do. */
function chooseParts(parts: readonly SeenPart[], report: string[]): SeenPart[] {
  if (parts.length < 2) return [...parts];
  if (parts.every(isMaskOfOneClass)) return [...parts];
  const [first, ...others] = [...parts].sort((a, b) => a.part.length - b.part.length || (a.part < b.part ? -1 : 1));
  const left = others.map(({ part }) => `"${part}"`).join(', ');
  report.push(
    `Cases have several masks with several classes each; "${first!.part || 'the plainly named one'}" was taken, not ${left}.`,
  );
  return [first!];
}

/** One value besides 0; or some files write 1 and others 255, and none both. */
function isMaskOfOneClass({ values, isBinary }: SeenPart): boolean {
  return values.length <= 1 || (isBinary && values.every((value) => value === 1 || value === 255));
}

function mapParts(parts: SeenPart[], threshold: boolean, report: string[]): LabelMapping {
  const numbered = [...parts].sort((a, b) => (a.part < b.part ? -1 : 1));
  const names = uniqueNames(numbered.map(({ part }, i) => part || `label_${i + 1}`));
  const labels = new Map<string, number>([
    ['background', 0],
    ...names.map((name, i): [string, number] => [name, i + 1]),
  ]);
  const voxels = ({ counts, values }: SeenPart) => values.reduce((sum, value) => sum + (counts.get(value) ?? 0), 0);
  const painted = numbered.map((part, i) => ({ part, label: i + 1 })).sort((a, b) => voxels(b.part) - voxels(a.part));
  report.push(
    `Label files of a case were put together into one: ${names.map((name, i) => `${name} = ${i + 1}`).join(', ')}; where they overlap, the smaller structure wins.`,
  );
  return {
    parts: painted.map(({ part, label }) => ({
      part: part.part,
      values: new Map(part.values.map((value) => [value, label])),
    })),
    threshold,
    labels,
    report,
    isIdentity: false,
  };
}

function foreground(counts: ReadonlyMap<number, number>): number[] {
  return [...counts.keys()].filter((value) => value !== 0).sort((a, b) => a - b);
}
