/** Answers one volume editor's webview: what is shown, which segmentations there are, voxels, comparisons, exports. */
import { t } from '@vscode/l10n';
import { posix } from 'node:path';
import type {
  CaseOrder,
  ImagePreview,
  LabelInfo,
  Slab,
  VolumeDescription,
  VolumeRequest,
  VolumeToWebview,
} from '../../protocol/volume';
import { splitEnding } from '../../images/endings';
import type { LabelBox } from '../../pipeline/prediction/predictPreview';
import { AskedPlaces } from './askedPlaces';
import { caseBeside, casesWith, placeAmongCases, type ListedCase } from './caseList';
import { failureOf, VolumeFailure } from './failure';
import { foundLabels } from './foundLabels';
import { shownBox } from './growingMask';
import { KeptSearches } from './keptSearches';
import { comparedNames, labelInfos } from './labelNames';
import { OpenedImage } from './openedImage';
import { openMessage, type OpenWith } from './openWith';
import { placeInFile, type ImagePlace } from './place';
import { isMessage } from './receivedMessage';
import { SegmentationList } from './segmentationList';
import type { FoundSegmentation } from './segmentations';
import type { ComparisonSource, SegmentationSourceFile } from './volumeReader';
import type { SessionHost, SessionWorker } from './sessionHost';
import { WitnessedFiles } from './witnessedFiles';

export class VolumeSession {
  private readonly image: OpenedImage;
  private readonly list: SegmentationList;
  /** One look at the folders after the other. */
  private looking: Promise<unknown> = Promise.resolve();
  private readonly running = new Map<number, AbortController>();
  private isReady = false;
  private isPageThere = false;
  private isDisposed = false;
  /** Counts the pages that were loaded, and documents sent to them: what was asked of an earlier one is not answered any more. */
  private page = 0;
  private wish: OpenWith | undefined;
  private description: VolumeDescription | undefined;
  private readonly places = new AskedPlaces();
  /** What a prediction going on has found so far. */
  private grown: { name: string; labels: LabelInfo[]; box: LabelBox }[] = [];

  constructor(
    private readonly path: string,
    private readonly host: SessionHost,
    private readonly worker: SessionWorker,
  ) {
    this.image = new OpenedImage(path, host, worker);
    this.list = new SegmentationList(host.searches ?? new KeptSearches());
  }

  /** Reads while the webview is being loaded. */
  prepare(): void {
    this.image.prepare();
  }

  /** Folder name of the raw dataset that the image belongs to. */
  get dataset(): string | undefined {
    const folder = this.image.context?.datasetFolder;
    return folder && posix.basename(folder);
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
        this.places.take(message);
        return;
      case 'defect':
        this.host.log(message.message);
        return;
      case 'showCase':
        return this.showCase(message.step, message.by);
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
    if (!this.isPageThere || !this.image.wasRead) return;
    if (await this.image.isRewritten()) await this.open();
    else if (this.isReady) await this.sendSegmentations();
  }

  /** A part of a mask that is being predicted. */
  grow(name: string, labels: LabelInfo[], box: LabelBox): void {
    this.grown.push({ name, labels, box });
    if (this.isReady) this.sendGrown(name, labels, box);
  }

  /** @param path of the mask that takes the place of what has grown; absent: nothing does */
  endGrowing(path?: string): void {
    this.grown = [];
    const segmentation = (path === undefined ? undefined : this.list.ofPath(path)?.id) ?? null;
    if (this.isReady) this.post({ type: 'grown', segmentation });
  }

  private sendGrown(name: string, labels: LabelInfo[], box: LabelBox): void {
    const shown = shownBox(box, this.description?.downsampled?.factors);
    if (shown) this.post({ type: 'growing', name, labels, ...shown });
  }

  /**
   * Where the person is looking, and the grid of the file itself; of a page that is hidden, where they looked last; undefined
   * where nothing was shown.
   */
  async place(): Promise<ImagePlace | undefined> {
    const shown = await this.places.ask(() => {
      if (this.isReady) this.post({ type: 'askCrosshair' });
    });
    return shown && this.description && placeInFile(shown, this.description);
  }

  /** The page is gone; it asks for everything anew when it is shown again. */
  hide(): void {
    this.isReady = false;
    this.isPageThere = false;
    this.page += 1;
    for (const abort of this.running.values()) abort.abort();
    this.places.close();
  }

  /** A page is being loaded. */
  unhide(): void {
    this.places.open();
  }

  async forget(path: string): Promise<void> {
    this.list.forget(path);
    await this.refresh();
  }

  sendSettings(): void {
    if (this.isReady) this.post({ type: 'settings', settings: this.host.settings() });
  }

  dispose(): void {
    this.isDisposed = true;
    this.places.giveUp();
    this.places.close();
    for (const abort of this.running.values()) abort.abort();
  }

  private async open(): Promise<void> {
    // A webview that was hidden and shown again asks for everything anew, and so does one whose image is another now.
    for (const abort of this.running.values()) abort.abort();
    this.isReady = false;
    this.isPageThere = true;
    this.places.open();
    const page = ++this.page;
    const isLate = (): boolean => page !== this.page || this.isDisposed;
    try {
      this.host.milestone?.('page loaded');
      const description = await this.image.read();
      if (isLate()) return;
      const labels = labelInfos(this.image.context?.datasetJson);
      this.isReady = true;
      this.description = description;
      this.post({ type: 'document', description, settings: this.host.settings(), labels });
      this.sendPreview(this.image.preview, isLate).catch(() => undefined);
    } catch (error) {
      if (isLate()) return;
      const known = await this.image.known();
      if (isLate()) return;
      this.places.giveUp();
      this.post({ type: 'failed', failure: this.image.withRealPath(failureOf(error)), known });
      return;
    }
    await this.sendSegmentations(true);
    if (isLate()) return;
    for (const { name, labels, box } of this.grown) this.sendGrown(name, labels, box);
    if (this.places.areWaiting) this.post({ type: 'askCrosshair' });
    if (this.wish) await this.grantWish();
    await this.sendCases(isLate);
  }

  private async sendCases(isLate: () => boolean): Promise<void> {
    const place = placeAmongCases(this.path, await this.cases(), this.host.caseOrder?.());
    if (place && !isLate()) this.post({ type: 'cases', ...place });
  }

  private async showCase(step: 1 | -1, by: CaseOrder): Promise<void> {
    const target = caseBeside(this.path, await this.cases(), step, by);
    if (target) await this.host.showCase?.(target.images[this.image.context!.opened] ?? target.images[0]!, by);
  }

  private async cases(): Promise<ListedCase[]> {
    const { context } = this.image;
    return context ? casesWith(context, this.host.surroundings(), this.host.files) : [];
  }

  private post(message: VolumeToWebview): void {
    if (!this.isDisposed) this.host.post(message);
  }

  private async sendPreview(reading: Promise<ImagePreview | undefined> | undefined, isLate: () => boolean) {
    const preview = await reading;
    if (!preview || isLate()) return;
    this.post({ type: 'preview', preview });
    this.host.milestone?.('middle sent');
  }

  /** @param always  also where the page knows all of it */
  private sendSegmentations(always = false): Promise<void> {
    const { page } = this;
    const looked = this.looking.then(async () => {
      const isChanged = await this.look();
      if ((isChanged || always) && page === this.page)
        this.post({ type: 'segmentations', segmentations: this.list.infos() });
    });
    this.looking = looked.catch(() => undefined);
    return looked;
  }

  private async look(): Promise<boolean> {
    if (this.isDisposed) return false;
    const files = new WitnessedFiles(this.host.files);
    const isChanged = await this.list
      .look(this.image.context!, this.host.surroundings(), files)
      .catch((error: unknown) => {
        this.host.log(`Looking for segmentations failed: ${failureOf(error).message}`);
        return false;
      });
    const most = [this.path, ...this.list.paths].map((path) => posix.dirname(path));
    this.host.watch?.(new Set([...most, ...files.folders]));
    return isChanged;
  }

  private async grantWish(): Promise<void> {
    const wish = this.wish!;
    const { segmentations, difference, labels } = wish;
    this.wish = undefined;
    if (labels) this.list.nameLabels(segmentations, labels);
    const wanted = [...segmentations, ...(difference ? [difference.prediction, difference.reference] : [])];
    for (const path of wanted) if (!this.list.ofPath(path)) this.list.choose(path);
    await this.sendSegmentations();
    this.post(openMessage(wish, (path) => this.list.ofPath(path)?.id ?? path));
  }

  private async answer(request: VolumeRequest): Promise<void> {
    const { id } = request;
    const { page } = this;
    const abort = new AbortController();
    this.running.set(id, abort);
    try {
      const result = await this.perform(request, abort.signal);
      if (page !== this.page) return;
      this.post({ type: 'done', id, result });
      if (request.type === 'loadImage') this.host.milestone?.('all voxels sent');
    } catch (error) {
      const failure = failureOf(error);
      if (failure.code === 'unexpected')
        this.host.log(`${request.type}: ${(error as Error)?.stack ?? failure.message}`);
      // A page that was loaded since counts its own questions.
      if (page !== this.page) return;
      this.post({ type: 'rejected', id, failure });
    } finally {
      if (this.running.get(id) === abort) this.running.delete(id);
    }
    // Looking at the folders may take a while: the image's values are to be seen before.
    if (request.type === 'loadImage' && this.image.labels && page === this.page) await this.offerOpened();
  }

  private async perform(request: VolumeRequest, signal: AbortSignal) {
    const onSlab = (slab: Omit<Slab, 'type' | 'id'>): void => {
      if (signal.aborted) return;
      this.post({ type: 'slab', id: request.id, ...slab });
      if (request.type === 'loadImage') this.host.milestone?.('first voxels sent');
    };
    switch (request.type) {
      case 'loadImage': {
        const { channel, frame } = request;
        await this.image.fetchChannel(channel);
        const loaded = await this.worker.run({ task: 'image', channel, frame }, { signal, onSlab });
        this.image.labels = loaded.labels;
        return loaded;
      }
      case 'loadSegmentation': {
        const { path, name, labels: labelNames = [] } = this.required(request.segmentation);
        const { labels } = this.image;
        if (request.isShown && path === this.path && labels) return foundLabels(labels, labelNames, name);
        const source = await this.source(request.segmentation);
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
        if (!this.list.ofPath(path)) {
          this.list.choose(path);
          await this.sendSegmentations();
        }
        return { segmentation: this.list.ofPath(path)?.id ?? null };
      }
      case 'save': {
        const suggested = `${splitEnding(this.path).stem}${request.suffix}.${request.kind}`;
        const name = suggested.replace(/[^\p{L}\p{N}._ -]+/gu, '_').replace(/^\.+/, '') || 'volume';
        return { saved: await this.host.save(name, request.kind, new Uint8Array(request.bytes)) };
      }
    }
  }

  /** Its values say that the opened file is a label map. Unless it is one of several channels. */
  private async offerOpened(): Promise<void> {
    if (
      this.list.ofPath(this.path) ||
      this.image.context?.channelFiles.length !== 1 ||
      this.description?.channels.length !== 1
    )
      return;
    this.list.choose(this.path, 'opened');
    await this.sendSegmentations();
  }

  private required(id: string): FoundSegmentation {
    const found = this.list.get(id);
    if (found) return found;
    const failure = { code: 'segmentation-gone', message: t('This segmentation is not there any more'), where: id };
    throw new VolumeFailure({ ...failure, hint: t('Choose another one.') });
  }

  private async source(id: string): Promise<SegmentationSourceFile> {
    const { path, name } = this.required(id);
    return { file: await this.host.local(path), name };
  }

  private async comparison(asked: { reference: string; prediction: string }): Promise<ComparisonSource> {
    const [reference, prediction] = [await this.source(asked.reference), await this.source(asked.prediction)];
    const names = comparedNames(
      this.required(asked.reference),
      this.required(asked.prediction),
      this.image.context?.datasetJson,
    );
    return { reference, prediction, ...names };
  }
}
