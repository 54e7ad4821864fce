/** Knows which datasets, configurations, models and folds exist, cheaply: only what was asked for is read, and kept until its files change. */
import { readFile, readdir } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { inBackground } from '../background';
import type { Finding } from '../../dataset/findings';
import { readPredictionRecord, type PredictionRecord } from '../../dataset/predictionRecord';
import { listPlansNames, preprocessedPaths } from '../../dataset/preprocessed';
import { rawPaths } from '../../dataset/rawDataset';
import { type DatasetReference, listDatasets } from '../../dataset/references';
import { type ModelFolder, foldPaths, listFolds, listModels, predictionsFolderName } from '../../dataset/results';
import { type Roots, rootFolderNames, rootsHolding } from '../../dataset/roots';
import { imageEndings, splitEnding } from '../../images/endings';
import { readPlans, type Plans } from '../../method/plans';
import type { KnownJob } from '../../jobs/knownJob';
import { JobStore } from '../../jobs/store';
import { placeNames } from './placeNames';
import { FileMemo } from './fileMemo';
import { foldStateOf, type FoldState } from './foldState';
import { type RawContents, readRawContents } from './rawContents';
import { choiceFile, chosenModel, type ChosenModel } from '../../pipeline/chosenModel';
import { exists } from '../../storage/exists';
import { readScoredCases, type ScoredCase } from '../../pipeline/scoredCases';
import { VolumeFindings } from './volumeFindings';
import type { Summary } from '../../method/evaluation';

interface Subscription {
  dispose(): void;
}

/** Which dataset's files changed; undefined: look at everything again. */
interface CatalogChange {
  dataset?: string;
}

interface UnreadableRoot {
  root: string;
  message: string;
}

export interface PlansFile {
  name: string;
  file: string;
  plans?: Plans;
  /** Why it can't be used. */
  problem?: Error;
}

export interface PredictionFolder {
  folder: string;
  name: string;
  /** Label maps in it, absolute. */
  masks: string[];
  /** What made them, as far as the folder says. */
  record: PredictionRecord;
  /** Where the folder was evaluated. */
  scored?: ScoredCase[];
}

/** Time between two looks at the files that are shown. */
const lookMilliseconds = 1500;

export class Catalog implements Subscription {
  private readonly listeners = new Set<(change: CatalogChange) => void>();
  private readonly readListeners = new Set<(dataset: DatasetReference) => void>();
  private readonly memo = new FileMemo();
  /** Those that somebody shows, with what of them is seen. */
  private readonly folds = new Map<string, { dataset: string; shown: string }>();
  /** Folders of predictions outside of `predictionsRoot`, by dataset. */
  private foundPredictions = new Map<string, readonly string[]>();
  /** What only the volumes show, by raw folder: findings of the last full check. */
  private readonly volumeFindings = new Map<string, VolumeFindings>();
  /** dataset.json as it stands in an editor, by raw folder. */
  private readonly unsaved = new Map<string, string>();
  private readonly ownStores = new Map<string, JobStore>();
  private allRoots: readonly Roots[];
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;

  /**
   * @param roots  of one place, or of each of several
   * @param learn  how the job in a folder does, from whoever follows it; else from stores of the catalog's own
   */
  constructor(
    roots: Roots | readonly Roots[],
    private readonly learn?: (folder: string) => Promise<KnownJob | undefined>,
  ) {
    this.allRoots = [roots].flat();
  }

  /** Of each place. */
  get roots(): readonly Roots[] {
    return this.allRoots;
  }

  /** Usable as a vscode.Event. */
  readonly onDidChange = (
    listener: (change: CatalogChange) => void,
    thisArg?: unknown,
    disposables?: Subscription[],
  ): Subscription => {
    const bound = thisArg === undefined ? listener : listener.bind(thisArg);
    this.listeners.add(bound);
    const subscription = { dispose: () => this.drop(bound) };
    disposables?.push(subscription);
    return subscription;
  };

  private drop(listener: (change: CatalogChange) => void): void {
    this.listeners.delete(listener);
  }

  setRoots(roots: readonly Roots[]): void {
    this.allRoots = roots;
    this.volumeFindings.clear();
    this.refresh();
  }

  /** Forgets what was read of one dataset, or of all, and tells everybody. */
  refresh(dataset?: string): void {
    this.memo.forget(dataset);
    if (dataset === undefined) this.folds.clear();
    // A new dataset or folder is also news for the list.
    else this.memo.forget('');
    this.tell(dataset);
  }

  /** Follows the files that were read, while somebody looks at them. */
  follow(active: boolean): void {
    if (active === (this.timer !== undefined)) return;
    clearInterval(this.timer);
    const look = (): void => inBackground(this.look(), 'Looking for changed files');
    this.timer = active ? setInterval(look, lookMilliseconds) : undefined;
    this.timer?.unref();
    if (active) look();
  }

  /** One look at the files that were read so far; tells of what changed. */
  look(): Promise<void> {
    this.looking ??= this.lookOnce().finally(() => (this.looking = undefined));
    return this.looking;
  }

  async datasets(): Promise<DatasetReference[]> {
    return (await this.list()).datasets;
  }

  /** Roots whose datasets cannot be listed, and why. */
  async unreadableRoots(): Promise<UnreadableRoot[]> {
    return (await this.list()).unreadable;
  }

  private list(): Promise<{ datasets: DatasetReference[]; unreadable: UnreadableRoot[] }> {
    const folders = this.allRoots.flatMap(({ raw, preprocessed, results }) => [raw, preprocessed, results]);
    return this.memo.get('datasets', '', folders, async () => {
      const unreadable: UnreadableRoot[] = [];
      const places = placeNames(this.allRoots);
      const lists = this.allRoots.map(async (roots, at) => {
        const datasets = await listDatasets(roots, (root, { message, hint }) =>
          unreadable.push({ root: roots[root], message: `${rootFolderNames[root]}: ${message}. ${hint}` }),
        );
        const place = places[at];
        return place === undefined ? datasets : datasets.map((dataset) => ({ ...dataset, place }));
      });
      return { datasets: (await Promise.all(lists)).flat(), unreadable };
    });
  }

  /** By folder name; undefined if it is gone. */
  async dataset(folderName: string): Promise<DatasetReference | undefined> {
    return (await this.datasets()).find((dataset) => dataset.folderName === folderName);
  }

  /** Takes what an editor holds for the truth, until it is saved or closed. @param text  undefined: what the file says */
  setUnsaved(dataset: DatasetReference, text: string | undefined): void {
    if (this.unsaved.get(dataset.raw) === text) return;
    if (text === undefined) this.unsaved.delete(dataset.raw);
    else this.unsaved.set(dataset.raw, text);
    this.memo.drop(rawKey(dataset));
    this.tell(dataset.folderName);
  }

  raw(dataset: DatasetReference): Promise<RawContents> {
    const paths = rawPaths(dataset.raw);
    const files = [paths.datasetJson, paths.images, paths.labels, paths.testImages, paths.testLabels];
    return this.memo.get(rawKey(dataset), dataset.folderName, files, async () => {
      const raw = await readRawContents(dataset.raw, this.unsaved.get(dataset.raw));
      for (const listener of [...this.readListeners]) setImmediate(listener, dataset);
      return raw;
    });
  }

  /** A raw dataset was read for the first time or anew: its findings are known. */
  onDidRead(listener: (dataset: DatasetReference) => void): Subscription {
    this.readListeners.add(listener);
    return {
      dispose: () => {
        this.readListeners.delete(listener);
      },
    };
  }

  plans(dataset: DatasetReference): Promise<PlansFile[]> {
    const paths = preprocessedPaths(dataset.preprocessed);
    const load = async (): Promise<PlansFile[]> =>
      Promise.all((await listPlansNames(dataset.preprocessed)).map((name) => readPlansFile(name, paths.plans(name))));
    const names = this.memo.get(`plans names ${dataset.preprocessed}`, dataset.folderName, [dataset.preprocessed], () =>
      listPlansNames(dataset.preprocessed),
    );
    // A plans file that is edited in place leaves its folder's time as it was.
    return names.then((known) =>
      this.memo.get(
        `plans ${dataset.preprocessed} ${known.join('/')}`,
        dataset.folderName,
        [dataset.preprocessed, ...known.map(paths.plans)],
        load,
      ),
    );
  }

  async models(dataset: DatasetReference): Promise<ModelFolder[]> {
    const names = await this.memo.get(`models ${dataset.results}`, dataset.folderName, [dataset.results], () =>
      listModels(dataset.results),
    );
    return Promise.all(
      names.map((model) =>
        this.memo.get(`model ${model.folder}`, dataset.folderName, [model.folder], async () => {
          return { ...model, folds: await listFolds(model.folder) };
        }),
      ),
    );
  }

  /** The model that was chosen by comparison; undefined where none was. @throws as `chosenModel` */
  chosen(dataset: DatasetReference): Promise<ChosenModel | undefined> {
    const file = choiceFile(dataset.results);
    return this.memo.get(`chosen ${dataset.results}`, dataset.folderName, [file], async () =>
      (await exists(file)) ? chosenModel(dataset) : undefined,
    );
  }

  /** How a fold is doing now; cheap enough to ask at every drawing. */
  async fold(folder: string, dataset: string): Promise<FoldState> {
    const state = await this.foldState(folder);
    this.folds.set(folder, { dataset, shown: shownState(state) });
    return state;
  }

  /** Cases of a validation or of an evaluated prediction, worst first; [] where there is no summary yet. */
  async scored(folder: string, dataset: string): Promise<{ summary?: Summary; cases: ScoredCase[] }> {
    const files = [join(folder, 'summary.json')];
    return this.memo.get(`scored ${folder}`, dataset, files, async () => {
      const names = await readdir(folder).catch(() => [] as string[]);
      return names.includes('summary.json') ? readScoredCases(folder) : { cases: [] };
    });
  }

  validation(foldFolder: string, dataset: string): Promise<{ summary?: Summary; cases: ScoredCase[] }> {
    return this.scored(foldPaths(foldFolder).validation, dataset);
  }

  /** Of the place that a folder lies in. */
  rootsOf(folder: string): Roots {
    return rootsHolding([folder], this.allRoots);
  }

  /** Where predictions of a dataset's models go by default. */
  predictionsRoot({ results, folderName }: Pick<DatasetReference, 'results' | 'folderName'>): string {
    return join(dirname(dirname(results)), predictionsFolderName, folderName);
  }

  /** Below `predictionsRoot`, then those found elsewhere. */
  async predictions(dataset: DatasetReference): Promise<PredictionFolder[]> {
    const { folderName } = dataset;
    const root = this.predictionsRoot(dataset);
    const names = await this.memo.get(`predictions ${root}`, folderName, [dirname(root), root], () =>
      folderNames(root),
    );
    const own = names.map((name) => ({ name, folder: join(root, name) }));
    const others = (this.foundPredictions.get(folderName) ?? [])
      .filter((folder) => !own.some((one) => one.folder === folder))
      .map((folder) => ({ name: shortName(folder, dirname(dirname(dataset.results))), folder }));
    const read = await Promise.all(
      [...own, ...others].map(({ name, folder }) => {
        const files = [folder, join(folder, 'summary.json')];
        return this.memo.get(`prediction ${folder}`, folderName, files, () => readPredictions(folder, name));
      }),
    );
    // A remembered folder may have been deleted.
    return read.filter(({ masks }, index) => index < own.length || masks.length > 0);
  }

  setFoundPredictions(folders: ReadonlyMap<string, readonly string[]>): void {
    const before = this.foundPredictions;
    this.foundPredictions = new Map(folders);
    for (const dataset of new Set([...before.keys(), ...folders.keys()])) {
      if (String(before.get(dataset)) !== String(folders.get(dataset))) this.tell(dataset);
    }
  }

  addFoundPredictions(dataset: string, folder: string): void {
    const known = this.foundPredictions.get(dataset) ?? [];
    if (!known.includes(folder)) this.foundPredictions.set(dataset, [...known, folder]);
    this.refresh(dataset);
  }

  /** What names show now, and what the last full check saw in the volumes as far as it still holds. */
  async findings(dataset: DatasetReference): Promise<Finding[]> {
    if (!dataset.exists.raw) return [];
    const raw = await this.raw(dataset);
    const checked = this.volumeFindings.get(dataset.raw);
    if (!checked) return raw.findings;
    const unchanged = await this.memo.get(`checked ${dataset.raw}`, dataset.folderName, checked.files, () =>
      checked.ofUnchangedFiles(),
    );
    return [...raw.findings, ...checked.holding(unchanged, raw)];
  }

  /** @param findings  of a full check, those by name included */
  async setFindings(dataset: DatasetReference, findings: readonly Finding[]): Promise<void> {
    this.memo.forget(dataset.folderName);
    const checked = await VolumeFindings.of(dataset.raw, findings, await this.raw(dataset));
    this.memo.drop(`checked ${dataset.raw}`);
    this.volumeFindings.set(dataset.raw, checked);
    this.tell(dataset.folderName);
  }

  dispose(): void {
    this.follow(false);
    this.listeners.clear();
    this.readListeners.clear();
  }

  private async lookOnce(): Promise<void> {
    const changed = await this.memo.dropStale();
    for (const [folder, known] of this.folds) {
      if (changed.has(known.dataset) || changed.has('')) continue;
      const before = known.shown;
      if (shownState(await this.foldState(folder)) !== before) changed.add(known.dataset);
      if (!this.folds.has(folder)) break;
    }
    if (changed.has('')) this.tell();
    else for (const dataset of changed) this.tell(dataset);
  }

  private async foldState(folder: string): Promise<FoldState> {
    return foldStateOf(await (this.learn ? this.learn(folder) : this.ownStore(folder).learn(folder)));
  }

  private ownStore(folder: string): JobStore {
    const { results } = this.rootsOf(folder);
    const store = this.ownStores.get(results) ?? new JobStore(results);
    this.ownStores.set(results, store);
    return store;
  }

  private tell(dataset?: string): void {
    for (const listener of [...this.listeners]) listener({ dataset });
  }
}

/** Below the place that a dataset lies in; else in full. */
function shortName(folder: string, place: string): string {
  const below = relative(place, folder);
  return below.startsWith('..') || isAbsolute(below) ? folder : below;
}

const rawKey = ({ raw }: DatasetReference): string => `raw ${raw}`;

/** What of a fold's state is seen in a list. */
function shownState({ status, isPartial, problem = '' }: FoldState): string {
  if (!status) return problem;
  const { state, stage, done, total, epoch, epochs, emaDice, meanDice, error } = status;
  return JSON.stringify([state, stage, done, total, epoch, epochs, emaDice, meanDice, error?.code, isPartial]);
}

async function readPlansFile(name: string, file: string): Promise<PlansFile> {
  try {
    return { name, file, plans: readPlans(await readFile(file, 'utf8'), file) };
  } catch (error) {
    return { name, file, problem: error as Error };
  }
}

async function readPredictions(folder: string, name: string): Promise<PredictionFolder> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const masks = names
    .filter((file) => imageEndings.includes(splitEnding(file).ending.toLowerCase()))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((file) => join(folder, file));
  const scored = names.includes('summary.json')
    ? await readScoredCases(folder).then(
        ({ cases }) => cases,
        () => undefined,
      )
    : undefined;
  return { folder, name, masks, scored, record: await readPredictionRecord(folder) };
}

async function folderNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}
