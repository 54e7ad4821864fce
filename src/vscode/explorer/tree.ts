/** The trees of datasets and of models: what lies below each row? */
import { join } from 'node:path';
import { caseOfMask } from '../../dataset/maskOrigin';
import type { Finding } from '../../dataset/findings';
import type { RawCase } from '../../dataset/rawDataset';
import type { DatasetReference } from '../../dataset/references';
import { type Fold, type ModelFolder, defaultTrainer, foldFolderName, modelFolderName } from '../../dataset/results';
import { channelNames } from '../../method/datasetJson';
import type { Catalog } from '../catalog/catalog';
import { paged, filesOf, problemsOf, orProblem, count, includes } from './lists';
import { classNames } from '../../method/classNames';
import { caseOfScored, casesNamed, imagesOfInput } from './maskCases';
import { shortNames } from './shortNames';
import type {
  BestModelNode,
  DatasetNode,
  CaseNode,
  FileNode,
  FoldNode,
  ValidationCaseNode,
  ModelNode,
  PredictionsNode,
  UnreadableNode,
  ExplorerNode,
} from './nodes';
import type { RawContents } from '../catalog/rawContents';
import type { ScoredCase } from '../../pipeline/scoredCases';

/** Folds that nnU-Net makes. */
const plannedFolds: readonly Fold[] = [0, 1, 2, 3, 4];

export class ExplorerTree {
  /** Part of the names of cases or datasets that are shown; '' shows all. */
  filter = '';

  constructor(private readonly catalog: Catalog) {}

  /** Roots that cannot be read: their rows come first. */
  async unreadableRoots(): Promise<UnreadableNode[]> {
    return (await this.catalog.unreadableRoots()).map(({ root, message }) => {
      return { kind: 'unreadable', path: root, message };
    });
  }

  async roots(): Promise<DatasetNode[]> {
    const nodes = await Promise.all((await this.catalog.datasets()).map((dataset) => this.datasetNode(dataset)));
    if (!this.filter) return nodes;
    const shown = await Promise.all(nodes.map((node) => this.matches(node).catch(() => true)));
    return nodes.filter((_, index) => shown[index]);
  }

  /** Datasets that have models or predictions. */
  async modelRoots(): Promise<DatasetNode[]> {
    const nodes = await Promise.all((await this.catalog.datasets()).map((dataset) => this.datasetNode(dataset)));
    const below = await Promise.all(nodes.map((node) => this.modelsOf(node.dataset)));
    return nodes.flatMap((node, index): DatasetNode[] => {
      const parts = below[index]!;
      const [models, predictions] = (['model', 'predictions'] as const).map((kind) => {
        return parts.filter((part) => part.kind === kind).length;
      }) as [number, number];
      return parts.length > 0 ? [{ ...node, below: { models, predictions } }] : [];
    });
  }

  children(node: ExplorerNode): Promise<ExplorerNode[]> {
    return node.kind === 'unreadable' ? Promise.resolve([]) : orProblem(node.dataset, this.childrenOf(node));
  }

  private async childrenOf(node: Exclude<ExplorerNode, UnreadableNode>): Promise<ExplorerNode[]> {
    switch (node.kind) {
      case 'dataset':
        return this.partsOf(node.dataset);
      case 'cases':
        return this.casesOf(node.dataset, node.which);
      case 'page':
        return node.nodes;
      case 'case':
        return filesOf(node);
      case 'configuration':
        return this.foldsOf(node.dataset, node.trainer, node.plans.name, node.configuration);
      case 'fold':
        return this.scoredCases(node.dataset, join(node.folder, 'validation'), node.folder);
      case 'model':
        return this.foldsOf(node.dataset, node.model.trainer, node.model.plans, node.model.configuration, true);
      case 'predictions':
        return this.masksOf(node);
      case 'file':
      case 'validationCase':
      case 'bestModel':
      case 'problem':
        return [];
    }
  }

  /** The model that was chosen, models with their folds, then folders of predictions. */
  async modelsOf(dataset: DatasetReference): Promise<ExplorerNode[]> {
    const best = this.catalog
      .chosen(dataset)
      .then((chosen): BestModelNode[] => (chosen ? [{ kind: 'bestModel', dataset, chosen }] : []));
    const models = this.catalog
      .models(dataset)
      .then((list) => Promise.all(list.map((model) => this.modelNode(dataset, model))));
    const predictions = this.catalog
      .predictions(dataset)
      .then((list) => list.map((prediction): PredictionsNode => ({ kind: 'predictions', dataset, prediction })));
    return (await Promise.all([best, models, predictions].map((part) => orProblem(dataset, part)))).flat();
  }

  private async datasetNode(dataset: DatasetReference): Promise<DatasetNode> {
    const { sources } = this.catalog.rootsOf(dataset.results);
    const facts: DatasetNode = {
      ...{ kind: 'dataset', dataset, sources, caseCount: undefined },
      ...{ errors: 0, warnings: 0, running: 0 },
    };
    // What cannot be read is said below the dataset, and does not hide it or others.
    const addError = (): void => {
      facts.errors += 1;
    };
    const raw = async (): Promise<void> => {
      if (dataset.exists.raw) facts.caseCount = (await this.catalog.raw(dataset)).cases.length;
      const { errors, warnings } = count(await this.catalog.findings(dataset));
      facts.errors += errors;
      facts.warnings += warnings;
    };
    const models = async (): Promise<void> => {
      const folds = (await this.catalog.models(dataset)).flatMap((model) => model.folds);
      const states = await Promise.all(folds.map(({ folder }) => this.catalog.fold(folder, dataset.folderName)));
      facts.running = states.filter(({ status }) => status?.state === 'running').length;
    };
    await Promise.all([raw().catch(addError), models().catch(addError)]);
    return facts;
  }

  private async matches({ dataset }: DatasetNode): Promise<boolean> {
    if (includes(dataset.folderName, this.filter)) return true;
    if (!dataset.exists.raw) return false;
    const { cases, testCases } = await this.catalog.raw(dataset);
    return [...cases, ...testCases].some(({ id }) => includes(id, this.filter));
  }

  private async partsOf(dataset: DatasetReference): Promise<ExplorerNode[]> {
    const parts = [this.rawPartsOf(dataset), this.configurationsOf(dataset)];
    return (await Promise.all(parts.map((part) => orProblem(dataset, part)))).flat();
  }

  private async rawPartsOf(dataset: DatasetReference): Promise<ExplorerNode[]> {
    const nodes: ExplorerNode[] = [];
    if (dataset.exists.raw) {
      const raw = await this.catalog.raw(dataset);
      const findings = await this.catalog.findings(dataset);
      const ofCases = new Set(raw.cases.map(({ id }) => id));
      nodes.push(...problemsOf(dataset, findings, ofCases));
      const training = this.visible(dataset, raw.cases);
      const test = this.visible(dataset, raw.testCases);
      const counted = count(findings.filter((finding) => finding.case !== undefined && ofCases.has(finding.case)));
      if (training.length > 0)
        nodes.push({ kind: 'cases', dataset, which: 'training', count: training.length, ...counted });
      if (test.length > 0)
        nodes.push({ kind: 'cases', dataset, which: 'test', count: test.length, errors: 0, warnings: 0 });
    }
    return nodes;
  }

  private async configurationsOf(dataset: DatasetReference): Promise<ExplorerNode[]> {
    const models = await this.catalog.models(dataset);
    const nodes: ExplorerNode[] = [];
    for (const plans of await this.catalog.plans(dataset)) {
      if (!plans.plans) {
        const message = plans.problem?.message ?? '';
        nodes.push({ kind: 'problem', dataset, key: `plans/${plans.name}`, message, file: plans.file });
        continue;
      }
      for (const configuration of Object.keys(plans.plans.configurations)) {
        const own = models.filter((model) => model.plans === plans.name && model.configuration === configuration);
        const trainers = own.length > 0 ? own : [{ trainer: defaultTrainer, folds: [] }];
        for (const { trainer, folds } of trainers)
          nodes.push({ kind: 'configuration', dataset, plans, configuration, trainer, trained: folds.length });
      }
    }
    return nodes;
  }

  private async casesOf(dataset: DatasetReference, which: 'training' | 'test'): Promise<ExplorerNode[]> {
    const raw = await this.catalog.raw(dataset);
    const byCase = new Map<string, Finding[]>();
    if (which === 'training') {
      for (const finding of await this.catalog.findings(dataset)) {
        if (finding.case !== undefined) byCase.set(finding.case, [...(byCase.get(finding.case) ?? []), finding]);
      }
    }
    const channels = raw.datasetJson ? channelNames(raw.datasetJson) : [];
    const cases = which === 'training' ? raw.cases : raw.testCases;
    const short = shortNames(cases.map(({ id }) => id));
    const nodes = this.visible(dataset, cases).map((files): CaseNode => {
      const findings = byCase.get(files.id) ?? [];
      return { kind: 'case', dataset, which, files, shortId: short(files.id), channels, findings };
    });
    return paged(dataset, which, nodes, (node) => node.files.id);
  }

  private async foldsOf(
    dataset: DatasetReference,
    trainer: string,
    plans: string,
    configuration: string,
    existingOnly = false,
  ): Promise<FoldNode[]> {
    const models = await this.catalog.models(dataset);
    const model = models.find((one) => {
      return one.trainer === trainer && one.plans === plans && one.configuration === configuration;
    });
    const modelFolder = join(dataset.results, modelFolderName({ trainer, plans, configuration }));
    const present = (model?.folds ?? []).map(({ fold }) => fold);
    const folds = existingOnly ? present : [...new Set([...plannedFolds, ...present])];
    return Promise.all(
      folds.map(async (fold): Promise<FoldNode> => {
        const folder = join(modelFolder, foldFolderName(fold));
        const exists = present.includes(fold);
        const state = exists
          ? await this.catalog.fold(folder, dataset.folderName)
          : { status: undefined, emaDice: [], seconds: 0 };
        const { cases } = exists
          ? await this.catalog.validation(folder, dataset.folderName).catch(() => ({ cases: [] }))
          : { cases: [] };
        return {
          kind: 'fold',
          dataset,
          trainer,
          plans,
          configuration,
          fold,
          folder,
          state,
          hasValidation: cases.length > 0,
        };
      }),
    );
  }

  private async modelNode(dataset: DatasetReference, model: ModelFolder): Promise<ModelNode> {
    const states = await Promise.all(model.folds.map(({ folder }) => this.catalog.fold(folder, dataset.folderName)));
    const statuses = states.map(({ status }) => status);
    const summaries = await Promise.all(
      model.folds.map(({ folder }) =>
        this.catalog.validation(folder, dataset.folderName).then(
          ({ summary }) => summary?.foreground_mean.Dice,
          () => undefined,
        ),
      ),
    );
    const dice = summaries.filter((value): value is number => value !== undefined && !Number.isNaN(value));
    return {
      kind: 'model',
      dataset,
      model,
      finished: statuses.filter((status) => status?.state === 'finished').length,
      running: statuses.filter((status) => status?.state === 'running').length,
      meanDice: dice.length > 0 ? dice.reduce((sum, value) => sum + value, 0) / dice.length : undefined,
    };
  }

  private async scoredCases(dataset: DatasetReference, summaryFolder: string, folder: string): Promise<ExplorerNode[]> {
    try {
      const { cases } = await this.catalog.scored(summaryFolder, dataset.folderName);
      // A fold is validated on training cases, and nothing else.
      return await this.scoredNodes(dataset, folder, cases, ({ id }, raw) => raw?.cases.find((one) => one.id === id));
    } catch (error) {
      const file = join(summaryFolder, 'summary.json');
      return [{ kind: 'problem', dataset, key: file, message: (error as Error).message, file }];
    }
  }

  private async scoredNodes(
    dataset: DatasetReference,
    folder: string,
    cases: ScoredCase[],
    caseOf: (scored: ScoredCase, raw: RawContents | undefined) => RawCase | undefined,
  ): Promise<ExplorerNode[]> {
    const raw = dataset.exists.raw ? await this.catalog.raw(dataset) : undefined;
    const names = classNames(raw?.datasetJson?.labels ?? {});
    const short = shortNames(cases.map(({ id }) => id));
    const nodes = cases
      .filter(({ id }) => !this.filter || includes(id, this.filter) || includes(dataset.folderName, this.filter))
      .map((scored): ValidationCaseNode => {
        const files = caseOf(scored, raw);
        return { kind: 'validationCase', dataset, folder, scored, shortId: short(scored.id), files, classNames: names };
      });
    return paged(dataset, folder, nodes, (node) => node.scored.id);
  }

  private async masksOf({ dataset, prediction }: PredictionsNode): Promise<ExplorerNode[]> {
    const { record } = prediction;
    if (prediction.scored) {
      const caseOf = (scored: ScoredCase, raw: RawContents | undefined): RawCase | undefined =>
        caseOfScored(scored, record, raw);
      return this.scoredNodes(dataset, prediction.folder, prediction.scored, caseOf);
    }
    const raw = dataset.exists.raw ? await this.catalog.raw(dataset) : undefined;
    const ending = raw?.datasetJson?.file_ending ?? '';
    const elsewhere = await imagesOfInput(record, raw?.datasetJson);
    const nodes = prediction.masks.map((file): FileNode => {
      const name = file.slice(prediction.folder.length + 1);
      const caseId = ending && name.endsWith(ending) ? name.slice(0, -ending.length) : name;
      const partner = caseOfMask(record, casesNamed(caseId, raw))?.images[0] ?? elsewhere.get(caseId);
      return { kind: 'file', dataset, caseId, role: 'prediction', file, title: name, partner };
    });
    return paged(dataset, prediction.folder, nodes, (node) => node.title);
  }

  private visible(dataset: DatasetReference, cases: readonly RawCase[]): RawCase[] {
    if (!this.filter || includes(dataset.folderName, this.filter)) return [...cases];
    return cases.filter(({ id }) => includes(id, this.filter));
  }
}
