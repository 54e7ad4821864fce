/** What does each kind of job leave in result.json? The same that the commands print with --json. Types only. */
import type { CheckResult } from '../dataset/checkDataset';
import type { AppliedFix, FixResult } from '../dataset/fixDataset';
import type { ImportResult } from '../dataset/importers/plan';
import type { Renaming } from '../dataset/renameFiles';
import type { SampleResult } from '../dataset/sample';
import type { ModelName } from '../method/bestConfiguration';
import type { ErrorObject } from '../method/errorObject';
import type { PostprocessingStep } from '../method/postprocessing';
import type { ExportedModels } from '../pipeline/exchange/exportModels';
import type { ImportedModels } from '../pipeline/exchange/importModels';
import type { ExportOnnxResult } from '../pipeline/prediction/exportOnnx';
import type { Doubt } from '../pipeline/prediction/plausibility/examine';
import type { PredictionCost } from '../pipeline/prediction/predictionCost';
import type { WrittenPrediction } from '../pipeline/prediction/predictCases';

export interface JobResults {
  sample: Pick<SampleResult, 'folder' | 'cases' | 'testCases'>;
  import: ImportResult;
  check: CheckResult;
  fix: FixedDataset;
  plan: PlannedDataset;
  preprocess: PreprocessedDataset;
  train: TrainedFold;
  predict: PredictedFolder;
  evaluate: Evaluated;
  validate: ValidatedFold;
  'find-best': FoundBest;
  ensemble: WrittenMasks;
  postprocess: WrittenMasks;
  'determine-postprocessing': DecidedPostprocessing;
  report: WrittenReport;
  'dataset-card': WrittenCard;
  volumes: MeasuredVolumes;
  'export-onnx': ExportOnnxResult;
  'export-model': ExportedModels;
  'import-model': ImportedModels;
}

/** What was found after the fixes. */
export interface FixedDataset extends CheckResult {
  fixed: AppliedFix[];
  notFixed: FixResult['failed'];
  /** What an interrupted fix had left half done, and this one completed. */
  renamed: Renaming[];
  /** Where the originals are, or a list of the old names. */
  backupFolder?: string;
}

export interface PlannedDataset {
  /** The plans file. */
  file: string;
  plansName: string;
  configurations: string[];
}

export interface PreprocessedDataset {
  folder: string;
  cases: number;
  /** Those of the cases that were not up to date. */
  preprocessed: number;
  seconds: number;
}

export interface TrainedFold {
  state: 'done' | 'stopped';
  meanDice?: number | null;
  /** The fold folder. */
  folder: string;
  epochs: number;
  seconds: number;
}

export interface PredictedFolder {
  cases: WrittenPrediction[];
  /** Cases that could not be predicted; the others are all the same. */
  failed?: (ErrorObject & { case: string })[];
  skipped?: string[];
  /** DICOM SEG of the masks. */
  segmentations?: string[];
  doubts?: Doubt[];
  cost?: PredictionCost;
  seconds: number;
}

export interface Evaluated {
  /** summary.json */
  summary: string;
  cases: number;
  meanDice: number | null;
  /** Per label or region, by its key. */
  dice: Record<string, number | null>;
  /** surface.json, where surfaces were compared. */
  surface?: string;
}

export interface WrittenReport {
  /** report.html, .json, .csv and .tex */
  page: string;
  data: string;
  csv: string;
  latex: string;
  models: { name: string; cases: number; meanDice: number | null }[];
}

export interface WrittenCard {
  /** dataset_card.json */
  file: string;
  cases: number;
  /** Cases that could not be read. */
  unread: number;
}

export interface MeasuredVolumes {
  /** volumes.csv */
  file: string;
  unit: 'ml' | 'pixel';
  labels: { key: string; name: string }[];
  cases: { id: string; mask: string; volumes: Record<string, number> }[];
}

export interface ValidatedFold {
  /** The fold's validation folder. */
  folder: string;
  /** Those of its cases that were predicted. */
  cases: string[];
  meanDice: number | null;
}

/** Numbers that are none (a class is in no case) are null. */
export interface FoundBest {
  best: ComparedCandidate;
  folds: number[];
  /** In the order in which they were considered. */
  candidates: ComparedCandidate[];
  cases: number;
  postprocessing: DecidedPostprocessing;
  /** inference_information.json and inference_instructions.txt */
  files: string[];
}

export interface ComparedCandidate {
  /** The model's folder, or nnU-Net's name of a pair. */
  identifier: string;
  /** One, or two whose probabilities are averaged. */
  models: ModelName[];
  /** Of its predictions of all cases. */
  folder: string;
  meanDice: number | null;
  /** Per label or region, by its key. */
  dice: Record<string, number | null>;
}

export interface DecidedPostprocessing {
  steps: PostprocessingStep[];
  trials: { step: PostprocessingStep; before: number | null; after: number | null; accepted: boolean }[];
  /** Mean Dice of all classes. */
  before: number | null;
  after: number | null;
  /** postprocessing.pkl */
  file: string;
}

export interface WrittenMasks {
  folder: string;
  cases: string[];
  /** DICOM SEG of the masks. */
  segmentations?: string[];
}
