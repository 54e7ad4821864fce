/** Tells before a folder is predicted what is doubtful and what it costs, and leaves out what can only fail. */
import type { ReaderName } from '../../images/types';
import type { Sidecar } from '../../inference/sidecar';
import type { Model } from '../modelFolder';
import type { StageContext } from '../progress';
import { warnOfPredictionMemory } from '../resources';
import { doubtLines, examineBy, examineCases, type Examined } from './plausibility/examine';
import type { TrainingFacts } from './plausibility/trainingFacts';
import { costWords, predictionCost, type CostOptions } from './predictionCost';
import type { OpenedFolder, PredictResult } from './predictionFolder';

export interface Foreseen {
  opened: OpenedFolder;
  /** What the prediction's result starts from; all of it where nothing is left to predict. */
  result: PredictResult;
}

export interface ForeseeOptions extends CostOptions, Pick<StageContext, 'warn' | 'signal'> {
  modelFolder?: string;
  /** A line for people, which is no warning. */
  note?(text: string): void;
}

export async function foresee(opened: OpenedFolder, model: Model, options: ForeseeOptions): Promise<Foreseen> {
  const examined = await examineCases(opened.cases, model, options);
  const foreseen = withoutRefused(opened, examined, options);
  if (examined.sizes.length === 0) return foreseen;
  const cost = predictionCost(examined.sizes, model, options);
  options.note?.(`${costWords(cost)}.`);
  await warnOfPredictionMemory(examined.cases, model, { ...options, progress: () => undefined }, options.networkBytes);
  return { ...foreseen, result: { ...foreseen.result, cost } };
}

/** Of another program's model only the channels are known. */
export async function foreseeForeign(
  opened: OpenedFolder,
  sidecar: Sidecar,
  options: Pick<StageContext, 'warn' | 'signal'>,
): Promise<Foreseen> {
  return withoutRefused(opened, await examineBy(opened.cases, factsOfSidecar(sidecar), options), options);
}

export function factsOfSidecar({ channels }: Sidecar): TrainingFacts {
  const all = Array.from({ length: channels }, (_, at) => at);
  const reader: ReaderName = 'SimpleITKIO';
  return {
    channelNames: all.map(String),
    reader,
    normalization: all.map(() => 'other'),
    intensities: all.map(() => undefined),
  };
}

function withoutRefused(
  opened: OpenedFolder,
  { cases, refused, doubts }: Examined,
  { warn }: Pick<StageContext, 'warn'>,
): Foreseen {
  const failed = [...opened.failed, ...refused];
  for (const { code, text } of doubtLines(doubts)) warn(code, text);
  return {
    opened: { ...opened, cases, failed },
    result: { cases: [], failed, skipped: opened.skipped, ...(doubts.length > 0 && { doubts }) },
  };
}
