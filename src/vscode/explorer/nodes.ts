/** Which rows the trees of datasets and of models are made of, and what each knows. Nothing of how they are shown. */
import type { Finding } from '../../dataset/findings';
import type { RawCase } from '../../dataset/rawDataset';
import type { DatasetReference } from '../../dataset/references';
import type { Fold, ModelFolder } from '../../dataset/results';
import type { Roots } from '../../dataset/roots';
import type { PlansFile, PredictionFolder } from '../catalog/catalog';
import type { FoldState } from '../catalog/foldState';
import type { ChosenModel } from '../../pipeline/chosenModel';
import type { ScoredCase } from '../../pipeline/scoredCases';

export interface DatasetNode {
  kind: 'dataset';
  dataset: DatasetReference;
  caseCount: number | undefined;
  errors: number;
  warnings: number;
  /** Trainings that go on. */
  running: number;
  /** Who says where its roots are. */
  sources: Roots['sources'];
  /** In the view of models: what lies below. */
  below?: { models: number; predictions: number };
}
interface CasesNode {
  kind: 'cases';
  dataset: DatasetReference;
  which: 'training' | 'test';
  count: number;
  errors: number;
  warnings: number;
}
export interface PageNode {
  kind: 'page';
  dataset: DatasetReference;
  /** Unique among the pages of the dataset. */
  key: string;
  first: string;
  last: string;
  nodes: ExplorerNode[];
  errors: number;
  warnings: number;
}
export interface CaseNode {
  kind: 'case';
  dataset: DatasetReference;
  which: 'training' | 'test';
  files: RawCase;
  /** As its list shows it, see shortNames.ts. */
  shortId?: string;
  channels: string[];
  findings: Finding[];
}
export interface FileNode {
  kind: 'file';
  dataset: DatasetReference;
  caseId: string;
  role: 'channel' | 'label' | 'prediction';
  file: string;
  title: string;
  /** What a mask lies over, or the label that an image is shown with. */
  partner?: string;
}
export interface ConfigurationNode {
  kind: 'configuration';
  dataset: DatasetReference;
  plans: PlansFile;
  configuration: string;
  trainer: string;
  trained: number;
}
export interface FoldNode {
  kind: 'fold';
  dataset: DatasetReference;
  trainer: string;
  plans: string;
  configuration: string;
  fold: Fold;
  /** Fold folder; it need not exist. */
  folder: string;
  state: FoldState;
  hasValidation: boolean;
}
export interface ValidationCaseNode {
  kind: 'validationCase';
  dataset: DatasetReference;
  /** Fold folder or folder of predictions. */
  folder: string;
  scored: ScoredCase;
  shortId?: string;
  files: RawCase | undefined;
  /** Names of the classes by their keys in summary.json. */
  classNames: Record<string, string>;
}
/** The model that was chosen for the dataset, whatever it is made of. */
export interface BestModelNode {
  kind: 'bestModel';
  dataset: DatasetReference;
  chosen: ChosenModel;
}
export interface ModelNode {
  kind: 'model';
  dataset: DatasetReference;
  model: ModelFolder;
  finished: number;
  running: number;
  meanDice: number | undefined;
}
export interface PredictionsNode {
  kind: 'predictions';
  dataset: DatasetReference;
  prediction: PredictionFolder;
}
export interface ProblemNode {
  kind: 'problem';
  dataset: DatasetReference;
  key: string;
  message: string;
  file?: string;
}

/** A root whose datasets cannot be listed. */
export interface UnreadableNode {
  kind: 'unreadable';
  path: string;
  message: string;
}

export type ExplorerNode =
  | DatasetNode
  | CasesNode
  | PageNode
  | CaseNode
  | FileNode
  | ConfigurationNode
  | FoldNode
  | ValidationCaseNode
  | BestModelNode
  | ModelNode
  | PredictionsNode
  | ProblemNode
  | UnreadableNode;

/** Stays the same for the same thing, so that a tree keeps its open branches. */
export function nodeId(node: ExplorerNode): string {
  if (node.kind === 'unreadable') return `unreadable/${node.path}`;
  const { place } = node.dataset;
  // Two places may each have a dataset of that name.
  const folderName = place === undefined ? node.dataset.folderName : `${place}:${node.dataset.folderName}`;
  switch (node.kind) {
    case 'dataset':
      return folderName;
    case 'cases':
      return `${folderName}/${node.which}`;
    case 'page':
      return `${folderName}/page/${node.key}`;
    case 'case':
      return `${folderName}/${node.which}/${node.files.id}`;
    case 'file':
      return `${folderName}/file/${node.caseId}/${node.file}`;
    case 'configuration':
      return `${folderName}/configuration/${node.plans.name}/${node.configuration}/${node.trainer}`;
    case 'fold':
      return `${folderName}/fold/${node.folder}`;
    case 'validationCase':
      return `${folderName}/validation/${node.folder}/${node.scored.id}`;
    case 'bestModel':
      return `${folderName}/bestModel`;
    case 'model':
      return `${folderName}/model/${node.model.folder}`;
    case 'predictions':
      return `${folderName}/predictions/${node.prediction.folder}`;
    case 'problem':
      return `${folderName}/problem/${node.key}`;
  }
}
