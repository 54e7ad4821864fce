/** What a prediction's host and its worker say to each other; plain data, copied between processes. */
import type { Fold } from '../../dataset/results';
import type { ProviderChoice } from '../../inference/providers';
import type { PostprocessingStep } from '../../method/postprocessing';
import type { ImageExamined, ImageToExamine } from './examineImage';
import type { ExportedFolds } from './predictExport';
import type { CaseRequest, PredictionPhase } from './predictOnnxCase';
import type { LabelBox } from './predictPreview';

export interface OpenTask {
  task: 'open';
  /** One model file, or several that are averaged. */
  models: string[];
  provider: ProviderChoice;
  threads: number;
}

/** Several models, and how they become one mask. */
export interface OpenSetTask {
  task: 'open-set';
  members: { models: string[]; previous?: number; isCounted: boolean }[];
  postprocessing: PostprocessingStep[];
  provider: ProviderChoice;
  threads: number;
}

/** Folds of a model folder become .onnx files. */
export interface ExportTask {
  task: 'export';
  modelFolder: string;
  folds?: readonly Fold[];
  checkpoint?: string;
}

/** The image is compared with what the model was trained on. */
export type ExamineTask = { task: 'examine' } & ImageToExamine;

export interface PredictTask {
  task: 'predict';
  request: CaseRequest;
  /** Whether the labels themselves are wanted back. */
  returnLabels: boolean;
}

export interface OpenedModel {
  provider: string;
  threads: number;
}

export interface LabelVolume {
  /** A label's value, or the values of a region. */
  value: number | number[];
  name: string;
  voxels: number;
  mm3: number;
}

export interface PredictedImage {
  file?: string;
  /** (z, y, x), in the image file's axes. */
  shape: [number, number, number];
  /** mm, (z, y, x) */
  spacing: [number, number, number];
  labels?: Uint8Array | Uint16Array;
  volumes: LabelVolume[];
  seconds: number;
}

export interface Failure {
  code: string;
  message: string;
  hint: string;
  where?: string;
  /** A defect of this program, not something the person can mend. */
  isDefect?: boolean;
}

export type ToWorker = { id: number } & (ExportTask | ExamineTask | OpenTask | OpenSetTask | PredictTask);

export type FromWorker =
  | { type: 'ready' }
  | { type: 'progress'; id: number; phase: PredictionPhase; done: number; total: number }
  | { type: 'preview'; id: number; box: LabelBox }
  | { type: 'exported'; id: number; result: ExportedFolds }
  | { type: 'examined'; id: number; result: ImageExamined }
  | { type: 'opened'; id: number; result: OpenedModel }
  | { type: 'predicted'; id: number; result: PredictedImage }
  | { type: 'failed'; id: number; failure: Failure };
