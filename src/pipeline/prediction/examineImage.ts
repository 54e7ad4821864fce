/** What is to be said of one image before a model predicts it, for an editor: the same as before a folder, file names aside. */
import { splitEnding } from '../../images/endings';
import { readChosenModel } from '../chosenFolds';
import { checkpointsOf, type Model } from '../modelFolder';
import { inferenceBytes, onnxRuntimeBytes } from '../resources';
import { factsOfSidecar } from './foresee';
import { examineBy, examineCases, type Doubt, type ExamineOptions } from './plausibility/examine';
import { describeModel, isOnnxFile } from './predictModel';
import { predictionCost, type PredictionCost } from './predictionCost';

export interface ImageToExamine {
  /** An .onnx file or a model folder. */
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
