/** What each kind of job is asked for, as plain data: the same from the command line, from VS Code and from an assistant. Types only. */
import type { ExportTarget, ModelCredits } from '../pipeline/prediction/exportOnnx';
import type { Fold } from '../dataset/results';
import type { DicomWishes, WantedChannel } from '../dataset/importers/plan';
import type { Roots } from '../dataset/roots';
import type { GivenNames } from '../dataset/importers/givenNames';
import type { PredictionRecord } from '../dataset/predictionRecord';
import type { SampleModality } from '../dataset/sample/scan';
import type { ModelPrecision } from '../inference/modelMetadata';
import type { ProviderChoice } from '../inference/providers';
import type { ModelName } from '../method/bestConfiguration';
import type { PlannerName } from '../method/planner/presets';
import type { RunRequest } from './runFolder';

/** Every path in a request is absolute: a job has no current folder that anybody knows. Absent = decided by the program. */
export interface JobRequests {
  sample: SampleRequest;
  import: ImportRequest;
  check: CheckRequest;
  fix: CheckRequest;
  plan: PlanRequest;
  preprocess: PreprocessRequest;
  train: RunRequest;
  predict: PredictRequest;
  evaluate: EvaluateRequest;
  validate: ValidateRequest;
  'find-best': FindBestRequest;
  ensemble: EnsembleRequest;
  postprocess: PostprocessRequest;
  'determine-postprocessing': DetermineRequest;
  report: ReportRequest;
  'dataset-card': DatasetCardRequest;
  volumes: VolumesRequest;
  'export-onnx': ExportOnnxRequest;
  'export-model': ExportModelRequest;
  'import-model': ImportModelRequest;
}

/** A dataset by its name, and its folder in each of nnU-Net's roots, whether or not it is there. */
export type DatasetRequest = Pick<RunRequest, 'dataset' | 'folders'>;

export interface SampleRequest {
  folder: string;
  cases?: number;
  testCases?: number;
  seed?: number;
  modality?: SampleModality;
  anisotropic?: boolean;
}

export interface ImportRequest {
  source: string;
  /** nnUNet_raw */
  rawRoot: string;
  id?: number;
  name?: string;
  /** Of channels and labels, in place of those that are found out. */
  names?: GivenNames;
  dicom?: DicomWishes;
  /** Finds out everything, writes nothing. */
  isDryRun?: boolean;
}

export interface CheckRequest extends DatasetRequest {
  workers?: number;
}

export interface PlanRequest extends DatasetRequest {
  planner: PlannerName;
  gpuMemoryGb?: number;
  workers?: number;
}

export interface PreprocessRequest extends DatasetRequest {
  configuration: string;
  plans: string;
  workers?: number;
}

export interface PredictRequest {
  /** One model folder, or .onnx files. */
  models: string[];
  /** A folder of images, or image files. */
  input: string[];
  output: string;
  folds?: Fold[];
  checkpoint?: string;
  engine?: 'native' | 'onnx';
  provider?: ProviderChoice;
  mirroring: boolean;
  stepSize: number;
  saveProbabilities?: boolean;
  device: string;
  precision: string;
  threads?: number;
  workers?: number;
  /** Of DICOM: which series are which channel. */
  channels?: WantedChannel[];
  /** Of DICOM: CASE.dcm is written beside each mask. */
  dicomSeg?: boolean;
  /** Leaves out cases that have an output already. */
  skipExisting?: boolean;
  /** Of a step towards other masks: where those go, and what is there needs no step. */
  towards?: string;
  /** Cascade: folder of the previous stage's label maps. */
  previousStageFolder?: string;
  /** Folder that was made for the steps before alone: removed once the masks are written. */
  parts?: string;
  /** Only says what speaks against it and what it costs. */
  isDryRun?: boolean;
}

export interface EvaluateRequest {
  referenceFolder: string;
  predictionFolder: string;
  /** Of a model whose folds left in their validations what is brought together in that folder first. */
  crossValidation?: { modelFolder: string; folds: number[] };
  datasetJson: string;
  /** summary.json */
  output: string;
  byVoxel?: boolean;
  workers?: number;
  /** Surfaces are compared, too: surface.json beside the summary. The tolerance is in mm. */
  surface?: { tolerance: number };
}

/** A trained fold's validation cases again, as far as masks or probabilities are missing. */
export interface ValidateRequest extends DatasetRequest, ModelName {
  fold: number;
  saveProbabilities: boolean;
  engine?: 'native' | 'onnx';
  provider?: ProviderChoice;
  device: string;
  precision: string;
  threads?: number;
  workers?: number;
}

export interface FindBestRequest extends DatasetRequest {
  /** In the order in which they are considered: of equals the first is taken. */
  models: ModelName[];
  folds: number[];
  /** Also compares all pairs of models. */
  ensembling: boolean;
  workers?: number;
}

/** Of a prediction in several steps: what is done once its masks are written. */
export interface PredictionEnd {
  /** What the masks are made by and of, to be told beside them. */
  record: Pick<PredictionRecord, 'input' | 'model' | 'folds' | 'mirroring' | 'stepSize'>;
  /** Folder that was made for the steps before alone: removed. */
  parts: string;
  /** CASE.dcm is written beside each mask. */
  dicomSeg?: { input: string[]; channels?: WantedChannel[] };
}

export interface EnsembleRequest {
  /** Folders of predictions with probabilities, in order. */
  folders: string[];
  output: string;
  saveProbabilities?: boolean;
  workers?: number;
  ends?: PredictionEnd;
}

export interface PostprocessRequest {
  /** Folder of masks. */
  input: string;
  output: string;
  /** postprocessing.pkl, or the record of an exported set of networks. */
  steps: string;
  /** Where they are not in the folder of masks. */
  plans?: string;
  datasetJson?: string;
  workers?: number;
  ends?: PredictionEnd;
}

export interface DetermineRequest {
  predictionFolder: string;
  referenceFolder: string;
  /** Where they are not in the folder of predictions. */
  plans?: string;
  datasetJson?: string;
  workers?: number;
}

export interface ReportRequest {
  /** Folders that were evaluated, of folds or of models; the first is what the others are compared with. */
  models: string[];
  /** Folder for report.html, .json, .csv and .tex */
  output: string;
  /** Where images and references of a dataset are looked for. */
  rawRoot: string;
  preprocessedRoot: string;
  /** Surfaces are compared where they were not yet. The tolerance is in mm. */
  surface?: { tolerance: number };
  /** So many of the worst cases are drawn. */
  pictures: number;
}

export interface DatasetCardRequest extends DatasetRequest {
  /** So many cases are drawn. */
  pictures: number;
}

export interface VolumesRequest {
  /** Folder of masks. */
  folder: string;
  /** Where the labels are named; absent: beside the masks, or their dataset's. */
  datasetJson?: string;
  rawRoot: string;
  preprocessedRoot: string;
}

export interface ExportOnnxRequest extends ModelCredits {
  /** Or inference_information.json of a dataset, for its best model. */
  modelFolder: string;
  folds?: Fold[];
  checkpoint?: string;
  /** The file; for a best model the folder. */
  output: string;
  precision?: ModelPrecision;
  calibrate?: string[];
  previousStageFolder?: string;
  target?: ExportTarget;
}

/** Models of one dataset as nnU-Net's zip. */
export interface ExportModelRequest extends DatasetRequest {
  models: ModelName[];
  folds?: Fold[];
  checkpoint: 'final' | 'best' | 'latest';
  output: string;
  /** Also the masks of the cases that each fold left out. */
  withMasks?: boolean;
}

export interface ImportModelRequest {
  /** A .zip file or a folder. */
  source: string;
  /** DatasetXXX_Name, in place of the archive's own. */
  dataset?: string;
  roots: Roots;
}
