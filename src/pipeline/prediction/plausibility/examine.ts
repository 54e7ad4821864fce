/** What is to be said of images before a model predicts them: what can only fail, and what is doubtful? */
import { NnunetError } from '../../../method/errors';
import type { Model } from '../../modelFolder';
import type { ImageSize } from '../../resources';
import type { InputCase } from '../predictionInput';
import type { Finding } from './finding';
import { readImageFacts } from './imageFacts';
import { judge } from './judge';
import { readTrainingFacts, type TrainingFacts } from './trainingFacts';

export interface Doubt extends Finding {
  case: string;
}

export interface Examined {
  /** Without those that are refused. */
  cases: InputCase[];
  refused: { case: string; error: NnunetError }[];
  doubts: Doubt[];
  sizes: ImageSize[];
}

export interface ExamineOptions {
  /** Of the model, where its fingerprint may lie. */
  modelFolder?: string;
  /** Only a region is predicted. */
  isPart?: boolean;
  signal?: AbortSignal;
}

/** Reading a whole scan takes seconds: of a folder the values of a few are looked at, and all headers. */
const mostRead = 3;

export async function examineCases(
  cases: readonly InputCase[],
  model: Model,
  options: ExamineOptions = {},
): Promise<Examined> {
  return examineBy(cases, await readTrainingFacts(model, options.modelFolder), options);
}

export async function examineBy(
  cases: readonly InputCase[],
  training: TrainingFacts,
  { isPart, signal }: ExamineOptions = {},
): Promise<Examined> {
  const examined: Examined = { cases: [], refused: [], doubts: [], sizes: [] };
  for (const [at, entry] of cases.entries()) {
    signal?.throwIfAborted();
    const readsValues = isRead(at, cases.length);
    const facts = await readImageFacts(entry.images, training.reader, readsValues).catch((error: unknown) => {
      // What can't be read is said by whoever reads it in earnest.
      if (error instanceof NnunetError) return undefined;
      throw error;
    });
    const findings = facts ? judge(facts, training, isPart) : [];
    const refusal = findings.find(({ weight }) => weight === 'refuse');
    if (refusal) {
      examined.refused.push({ case: entry.id, error: refusalError(refusal, entry) });
      continue;
    }
    examined.cases.push(entry);
    examined.doubts.push(...findings.map((finding) => ({ case: entry.id, ...finding })));
    if (facts) examined.sizes.push({ shape: facts.shape, spacing: facts.spacing });
  }
  return examined;
}

/** The first, the last, and those evenly between. */
function isRead(at: number, count: number): boolean {
  if (count <= mostRead) return true;
  return Array.from({ length: mostRead }, (_, i) => Math.round((i * (count - 1)) / (mostRead - 1))).includes(at);
}

function refusalError({ code, message, advice }: Finding, { id, images }: InputCase): NnunetError {
  return new NnunetError(code, `Case ${id}: ${message.replace(/\.$/, '')}`, { where: images[0], hint: advice });
}

/** One line for each kind of doubt, however many cases have it. */
export function doubtLines(doubts: readonly Doubt[]): { code: string; text: string }[] {
  const byCode = new Map<string, Doubt[]>();
  for (const doubt of doubts) byCode.set(doubt.code, [...(byCode.get(doubt.code) ?? []), doubt]);
  return [...byCode].map(([code, [first, ...others]]) => {
    const more = others.length > 0 ? ` (and ${others.length} more)` : '';
    return { code, text: `${first!.case}${more}: ${first!.message} ${first!.advice}` };
  });
}
