/** What is to be said of one image before a model predicts it, for an editor: the same as before a folder, file names aside. */
import { splitEnding } from '../../images/endings';
import { readChosenModel } from '../chosenFolds';
import { checkpointsOf, type Model } from '../modelFolder';
import { inferenceBytes, onnxRuntimeBytes } from '../resources';
import { factsOfSidecar } from './foresee';
import { examineBy, examineCases, type Doubt, type ExamineOptions } from './plausibility/examine';
import { modelSetOf } from './modelSet';
import { describeModel, isOnnxFile } from './predictModel';
import { costOfAll, predictionCost, type PredictionCost } from './predictionCost';
import type { ModelSet } from './setMembers';

export interface ImageToExamine {
  /** An .onnx file, a model folder, or what `modelSetOf` takes. */
  model: string;
  /** As for a prediction. */
  images: string[];
  /** Only a region is predicted. */
  isPart: boolean;
  threads?: number;
}

export interface ImageExamined {
  doubts: Doubt[];
  /** Of the whole image; unknown for models of other programs. */
  cost?: PredictionCost;
}

/** @throws NnunetError for an image that the model can't take, with what is needed; as `describeModel` and `readChosenModel` */
export async function examineImage({ model: path, images, isPart, threads }: ImageToExamine): Promise<ImageExamined> {
  const cases = [{ id: splitEnding(images[0]!).stem, images }];
  const set = await modelSetOf(path);
  if (set) return examineSet(set);
  if (!isOnnxFile(path)) {
    const folds = (await checkpointsOf(path, undefined)).length;
    return examineWith(await readChosenModel(path), folds, { modelFolder: path, isPart });
  }
  const described = await describeModel([path]);
  if (described.kind === 'foreign') {
    const { refused, doubts } = await examineBy(cases, factsOfSidecar(described.sidecar), { isPart });
    if (refused[0]) throw refused[0].error;
    return { doubts };
  }
  return examineWith(described.model, described.model.metadata.folds.length, { isPart });

  /** Any of the networks may find the image strange; what they cost adds up. */
  async function examineSet({ members }: ModelSet): Promise<ImageExamined> {
    const found: ImageExamined[] = [];
    for (const { model: one, folds } of members) {
      const isFile = isOnnxFile(one);
      const described = isFile ? await describeModel([one]) : undefined;
      if (described?.kind === 'foreign') continue;
      const count = described
        ? described.model.metadata.folds.length
        : (folds?.length ?? (await checkpointsOf(one, undefined)).length);
      const model = described?.model ?? (await readChosenModel(one));
      found.push(await examineWith(model, count, { ...(!isFile && { modelFolder: one }), isPart }));
    }
    const cost = costOfAll(found.flatMap((one) => one.cost ?? []));
    return { doubts: found[0]?.doubts ?? [], ...(cost && { cost }) };
  }

  async function examineWith(model: Model, folds: number, options: ExamineOptions): Promise<ImageExamined> {
    const { refused, doubts, sizes } = await examineCases(cases, model, options);
    if (refused[0]) throw refused[0].error;
    if (isPart || sizes.length === 0) return { doubts };
    const networkBytes = onnxRuntimeBytes + folds * inferenceBytes(model);
    return {
      doubts,
      cost: predictionCost(sizes, model, { folds, mirroring: true, stepSize: 0.5, threads, networkBytes }),
    };
  }
}
