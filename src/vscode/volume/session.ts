/** Answers one volume editor's webview: what is shown, which segmentations there are, voxels, comparisons, exports. */
import { posix } from 'node:path';
import type {
  Failure,
  ImagePreview,
  LabelInfo,
  Slab,
  VolumeDescription,
  VolumeRequest,
  VolumeSettings,
  VolumeToHost,
  VolumeToWebview,
} from '../../protocol/volume';
import {
  chosenSegmentation,
  comparedClasses,
  findCase,
  findSegmentations,
  labelInfos,
  openedAsLabels,
  withVersions,
  type CaseContext,
  type Files,
  type FoundSegmentation,
  type NamedSegmentation,
  type Surroundings,
} from './discovery';
import type { LabelBox } from '../../pipeline/prediction/predictPreview';
import { failureOf, VolumeFailure } from './failure';
import { shownBox } from './growingMask';
import { ListedFolders } from './listedFolders';
import { placeInFile, shownPlace, type ImagePlace, type ShownPlace } from './place';
import type { ComparisonSource, ImageSource, SegmentationSourceFile } from './volumeReader';
import type { WorkerResults, WorkerTask } from './workerMessages';

/** What the session needs of VS Code. Paths are absolute, with `/`, on the document's file system. */
export interface SessionHost {
  post(message: VolumeToWebview): void;
  files: Files;
  surroundings(): Surroundings;
  settings(): VolumeSettings;
  limitBytes(): number;
  /** A file on this machine with these bytes: the file itself, or a copy of one that lies elsewhere. */
  local(path: string): Promise<string>;
  chooseFile(): Promise<string | undefined>;
  /** @returns where it was saved, or null */
  save(suggestedName: string, kind: 'png' | 'gif', bytes: Uint8Array): Promise<string | null>;
  reopen(): void;
  log(message: string): void;
  /** Tells, by `refresh`, when something changes in these folders. */
  watch?(folders: Iterable<string>): void;
  /** The first of each kind, once a volume is opened; for the log. */
  milestone?(reached: Milestone): void;
}

/** What the person waits for when a volume is opened, as the host sees it. */
export type Milestone = 'header read' | 'page loaded' | 'middle sent' | 'first voxels sent' | 'all voxels sent';

export interface SessionWorker {
  run<T extends WorkerTask>(
    task: T,
    options?: { signal?: AbortSignal; onSlab?(slab: Omit<Slab, 'type' | 'id'>): void },
  ): Promise<WorkerResults[T['task']]>;
}

/** What a command wants to be shown once the editor is open. Paths, not ids. */
export interface OpenWith {
  segmentations: string[];
  compare?: boolean;
  plane?: 'axial' | 'coronal' | 'sagittal';
  difference?: { prediction: string; reference: string };
  /** Names and colours of what the segmentations show, where the image's dataset does not say. */
  labels?: LabelInfo[];
}

export class VolumeSession {
  private context: CaseContext | undefined;
  private found: FoundSegmentation[] = [];
  private readonly chosen: NamedSegmentation[] = [];
  private readonly running = new Map<number, AbortController>();
  private isReady = false;
  private isPageThere = false;
  /** Of the files that were read; undefined before. */
  private imageVersion: string | undefined;
  private wish: OpenWith | undefined;
  private description: VolumeDescription | undefined;
  /** What was read before the webview asked. */
  private prepared: Promise<VolumeDescription> | undefined;
  private preview: Promise<ImagePreview | undefined> | undefined;
  /** The opened file, on this machine. */
  private file = '';
  /** By path of the segmentation, as commands said. */
  private readonly labelNames = new Map<string, LabelInfo[]>();
  /** Who waits for the webview's answer. */
  private readonly askedCrosshair: ((place: ShownPlace | undefined) => void)[] = [];
  /** What a prediction going on has found so far. */
  private grown: { name: string; labels: LabelInfo[]; box: LabelBox }[] = [];

  constructor(
    private readonly path: string,
    private readonly host: SessionHost,
    private readonly worker: SessionWorker,
  ) {}

  /** Reads while the webview is being loaded. */
  prepare(): void {
    this.prepared = this.read();
    // Told when the webview asks.
    this.prepared.catch(() => undefined);
  }

  /** Folder name of the raw dataset that the image belongs to. */
  get dataset(): string | undefined {
    return this.context?.datasetFolder && posix.basename(this.context.datasetFolder);
  }

  /** Messages of the webview; anything that is none is logged and left. */
  async receive(message: unknown): Promise<void> {
    if (!isMessage(message)) {
      this.host.log(`The volume editor sent something that is no message: ${JSON.stringify(message)?.slice(0, 200)}`);
      return;
    }
    switch (message.type) {
      case 'ready':
        return this.open();
      case 'cancel':
        this.running.get(message.id)?.abort();
        return;
      case 'reopen':
        this.host.reopen();
        return;
      case 'crosshair':
        this.takeCrosshair(message);
        return;
      case 'defect':
        this.host.log(message.message);
        return;
      case 'showCase':
        return;
      default:
        return this.answer(message);
    }
  }

  /** Shows segmentations, two side by side or their difference; waits for the webview where it is not there yet. */
  async show(wish: OpenWith): Promise<void> {
    this.wish = wish;
    if (this.isReady) await this.grantWish();
  }

  /** Looks again at the image and for segmentations: files came, went or were rewritten. */
  async refresh(): Promise<void> {
    if (!this.isPageThere || this.imageVersion === undefined) return;
    const version = await this.versionOfImage();
    // What is gone stays in sight; it may be on its way back.
    if (version !== '' && version !== this.imageVersion) await this.open();
    else if (this.isReady) await this.sendSegmentations(false);
  }

  /** Empty where a file is missing. */
  private async versionOfImage(): Promise<string> {
    const paths = this.context?.channelFiles ?? [this.path];
    const versions = await Promise.all(paths.map((path) => this.host.files.version(path)));
    return versions.includes(undefined) ? '' : versions.join('\n');
  }

  /** A part of a mask that is being predicted. */
  grow(name: string, labels: LabelInfo[], box: LabelBox): void {
    this.grown.push({ name, labels, box });
    if (this.isReady) this.sendGrown(name, labels, box);
  }

  /** @param path of the mask that takes the place of what has grown; absent: nothing does */
  endGrowing(path?: string): void {
    this.grown = [];
    const segmentation = this.found.find((one) => one.path === path)?.id ?? null;
    if (this.isReady) this.host.post({ type: 'grown', segmentation });
  }

  private sendGrown(name: string, labels: LabelInfo[], box: LabelBox): void {
    const shown = shownBox(box, this.description?.downsampled?.factors);
    if (shown) this.host.post({ type: 'growing', name, labels, ...shown });
  }

  /** Where the person is looking, and the grid of the file itself; undefined where nothing is shown. */
  async place(): Promise<ImagePlace | undefined> {
    const shown = await new Promise<ShownPlace | undefined>((resolve) => {
      this.askedCrosshair.push(resolve);
      if (this.isReady) this.host.post({ type: 'askCrosshair' });
    });
    return shown && this.description && placeInFile(shown, this.description);
  }

  private takeCrosshair(answer: { voxel: unknown; region?: unknown } | undefined): void {
    for (const resolve of this.askedCrosshair.splice(0)) resolve(answer && shownPlace(answer));
  }

  async forget(path: string): Promise<void> {
    const at = this.chosen.findIndex((one) => one.path === path);
    if (at >= 0) this.chosen.splice(at, 1);
    await this.refresh();
  }

  sendSettings(): void {
    if (this.isReady) this.host.post({ type: 'settings', settings: this.host.settings() });
  }

  dispose(): void {
    this.takeCrosshair(undefined);
    for (const abort of this.running.values()) abort.abort();
  }

  private async open(): Promise<void> {
    // A webview that was hidden and shown again asks for everything anew.
    for (const abort of this.running.values()) abort.abort();
    this.isReady = false;
    this.isPageThere = true;
    try {
      this.host.milestone?.('page loaded');
      const description = await (this.prepared ?? this.read());
      const labels = labelInfos(this.context?.datasetJson);
      this.isReady = true;
      this.description = description;
      this.host.post({ type: 'document', description, settings: this.host.settings(), labels });
      void this.sendPreview();
    } catch (error) {
      const { file } = this;
      const known = file ? await this.worker.run({ task: 'known', file }).catch(() => []) : [];
      this.takeCrosshair(undefined);
      this.host.post({ type: 'failed', failure: this.withRealPath(failureOf(error), file), known });
      return;
    } finally {
      this.prepared = undefined;
    }
    await this.sendSegmentations(true);
    for (const { name, labels, box } of this.grown) this.sendGrown(name, labels, box);
    if (this.askedCrosshair.length > 0) this.host.post({ type: 'askCrosshair' });
    if (this.wish) await this.grantWish();
  }

  private async sendPreview(): Promise<void> {
    const preview = await this.preview;
    if (!preview || !this.isReady) return;
    this.host.post({ type: 'preview', preview });
    this.host.milestone?.('middle sent');
  }

  private async read(): Promise<VolumeDescription> {
    this.file = '';
    this.context = await findCase(this.path, this.host.files);
    this.imageVersion = await this.versionOfImage();
    this.file = await this.host.local(this.path);
    const description = await this.describe(this.context, this.file);
    this.host.milestone?.('header read');
    // Comes before what the webview will ask for; a failure is told then.
    this.preview = this.worker.run({ task: 'preview', channel: description.openedChannel }).catch(() => undefined);
    return description;
  }

  private async describe({ channelFiles, opened, channelNames }: CaseContext, file: string) {
    // Other channels are fetched when they are looked at; until then only their names are needed.
    const source: ImageSource = {
      name: posix.basename(this.path),
      files: channelFiles.map((path, i) => (i === opened ? file : path)),
      opened,
      channelNames,
      limitBytes: this.host.limitBytes(),
    };
    return this.worker.run({ task: 'open', source });
  }

  private async sendSegmentations(always: boolean): Promise<void> {
    const files = new ListedFolders(this.host.files);
    const found = await findSegmentations(this.context!, this.host.surroundings(), files).catch((error: unknown) => {
      this.host.log(`Looking for segmentations failed: ${failureOf(error).message}`);
      return [];
    });
    const known = new Set(found.map(({ path }) => path));
    const chosen = this.chosen.filter(({ path }) => !known.has(path));
    const all = [...found, ...(await withVersions(chosen, files))];
    this.host.watch?.(
      new Set([posix.dirname(this.path), ...all.map(({ path }) => posix.dirname(path)), ...files.folders]),
    );
    const isSame = JSON.stringify(all) === JSON.stringify(this.found);
    this.found = all;
    if (isSame && !always) return;
    this.host.post({
      type: 'segmentations',
      segmentations: all.map(({ path: _path, ...segmentation }) => segmentation),
    });
  }

  private async grantWish(): Promise<void> {
    const { segmentations, compare, plane, difference, labels } = this.wish!;
    this.wish = undefined;
    if (labels) for (const path of segmentations) this.labelNames.set(path, labels);
    const wanted = [...segmentations, ...(difference ? [difference.prediction, difference.reference] : [])];
    const missing = wanted.filter((path) => !this.found.some((one) => one.path === path));
    if (missing.length > 0) {
      for (const path of missing) this.chosen.push(chosenSegmentation(path, this.host.surroundings()));
      await this.sendSegmentations(true);
    }
    const id = (path: string): string => this.found.find((one) => one.path === path)?.id ?? path;
    const ids = segmentations.map(id);
    if (difference) {
      const layout = {
        kind: 'difference',
        prediction: id(difference.prediction),
        reference: id(difference.reference),
      } as const;
      this.host.post({ type: 'open', segmentations: ids, layout, goTo: 'largestError' });
    } else if (compare) {
      const layout = { kind: 'compare', plane: plane ?? 'sagittal', segmentations: ids } as const;
      this.host.post({ type: 'open', segmentations: ids, layout });
    } else this.host.post({ type: 'open', segmentations: ids });
  }

  private async answer(request: VolumeRequest): Promise<void> {
    const { id } = request;
    const abort = new AbortController();
    this.running.set(id, abort);
    try {
      const result = await this.perform(request, abort.signal);
      this.host.post({ type: 'done', id, result });
      if (request.type === 'loadImage') this.host.milestone?.('all voxels sent');
    } catch (error) {
      const failure = failureOf(error);
      if (failure.code === 'unexpected')
        this.host.log(`${request.type}: ${(error as Error)?.stack ?? failure.message}`);
      this.host.post({ type: 'rejected', id, failure: this.withRealPath(failure, undefined) });
    } finally {
      if (this.running.get(id) === abort) this.running.delete(id);
    }
  }

  private async perform(request: VolumeRequest, signal: AbortSignal) {
    const onSlab = (slab: Omit<Slab, 'type' | 'id'>): void => {
      if (signal.aborted) return;
      this.host.post({ type: 'slab', id: request.id, ...slab });
      if (request.type === 'loadImage') this.host.milestone?.('first voxels sent');
    };
    switch (request.type) {
      case 'loadImage': {
        const { channel, frame } = request;
        await this.fetchChannel(channel);
        const loaded = await this.worker.run({ task: 'image', channel, frame }, { signal, onSlab });
        if (loaded.labels) await this.offerOpened();
        return loaded;
      }
      case 'loadSegmentation': {
        const source = await this.source(request.segmentation);
        const labelNames = this.labelNames.get(request.segmentation) ?? labelInfos(this.context?.datasetJson);
        return this.worker.run({ task: 'segmentation', source, labelNames }, { signal, onSlab });
      }
      case 'compare':
        return this.worker.run({ task: 'compare', source: await this.comparison(request) }, { signal });
      case 'difference':
        return this.worker.run(
          { task: 'difference', source: await this.comparison(request), labels: request.labels },
          { signal, onSlab },
        );
      case 'chooseSegmentation': {
        const path = await this.host.chooseFile();
        if (path === undefined) return { segmentation: null };
        if (!this.found.some((one) => one.path === path)) {
          this.chosen.push(chosenSegmentation(path, this.host.surroundings()));
          await this.sendSegmentations(true);
        }
        return { segmentation: this.found.find((one) => one.path === path)!.id };
      }
      case 'save': {
        const name = request.suggestedName.replace(/[^\p{L}\p{N}._ -]+/gu, '_').replace(/^\.+/, '') || 'volume';
        return { saved: await this.host.save(name, request.kind, new Uint8Array(request.bytes)) };
      }
    }
  }

  /** Its values say that the opened file is a label map. Unless it is one of several channels. */
  private async offerOpened(): Promise<void> {
    const isKnown = this.found.some(({ path }) => path === this.path);
    if (isKnown || this.context?.channelFiles.length !== 1 || this.description?.channels.length !== 1) return;
    this.chosen.push(openedAsLabels(this.path, this.host.surroundings()));
    await this.sendSegmentations(true);
  }

  /** Brings a channel that lies on another file system here, and tells the worker where. */
  private async fetchChannel(channel: number): Promise<void> {
    const path = this.context?.channelFiles[channel];
    if (path === undefined || channel === this.context?.opened) return;
    const file = await this.host.local(path);
    if (file !== path) await this.worker.run({ task: 'channel', channel, file });
  }

  private async source(id: string): Promise<SegmentationSourceFile> {
    const found = this.found.find((one) => one.id === id);
    if (!found) {
      const failure = { code: 'segmentation-gone', message: 'This segmentation is not there any more', where: id };
      throw new VolumeFailure({ ...failure, hint: 'Choose another one.' });
    }
    return { file: await this.host.local(found.path), name: found.name };
  }

  private async comparison({
    reference,
    prediction,
  }: {
    reference: string;
    prediction: string;
  }): Promise<ComparisonSource> {
    const datasetJson = this.context?.datasetJson;
    return {
      reference: await this.source(reference),
      prediction: await this.source(prediction),
      labelNames: labelInfos(datasetJson),
      ...comparedClasses(datasetJson),
    };
  }

  /** The person knows the file by its own place, not by that of a copy. */
  private withRealPath(failure: Failure, copy: string | undefined): Failure {
    return copy && failure.where === copy ? { ...failure, where: this.path } : failure;
  }
}

const messageTypes: Readonly<Record<VolumeToHost['type'], readonly string[]>> = {
  ready: [],
  cancel: ['id'],
  reopen: [],
  crosshair: ['voxel'],
  defect: ['message'],
  showCase: ['step', 'by'],
  loadImage: ['id', 'channel', 'frame'],
  loadSegmentation: ['id', 'segmentation'],
  compare: ['id', 'prediction', 'reference'],
  difference: ['id', 'prediction', 'reference'],
  chooseSegmentation: ['id'],
  save: ['id', 'suggestedName', 'kind', 'bytes'],
};

function isMessage(value: unknown): value is VolumeToHost {
  if (typeof value !== 'object' || value === null) return false;
  const { type } = value as { type?: unknown };
  if (typeof type !== 'string' || !Object.hasOwn(messageTypes, type)) return false;
  return messageTypes[type as VolumeToHost['type']].every((key) => key in value);
}
