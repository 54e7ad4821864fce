/** Holds what is shown: the image, its segmentations and their comparison, loaded when they are first needed. */
import type {
  Comparison,
  DifferenceLoaded,
  ImageLoaded,
  ImagePreview,
  LabelInfo,
  SegmentationInfo,
  SegmentationLoaded,
  VolumeDescription,
} from '../../src/protocol/volume';
import { labelColour, type Colour } from './colours';
import { placeBox } from './boxes';
import { HostError, SlabCollector, voxelsOf, type Connection, type Question } from './connection';
import type { Grid } from './geometry';
import type { Layer, Voxels, Window } from './slices';
import { reached } from './milestones';
import { GrowingMask, type GrowingBox } from './growing';
import type { Pair } from './state';
import { autoWindow, ctPresets, isCtLike } from './windowing';

type Load<T> =
  | { state: 'loading'; fraction: number; partial?: Voxels }
  | { state: 'ready'; value: T; voxels: Voxels }
  | { state: 'failed'; message: string; hint: string };

interface Difference {
  prediction: string;
  reference: string;
  load: Load<DifferenceLoaded>;
}

export type Outcome<T> = { state: 'loading' } | { state: 'ready'; value: T } | { state: 'failed'; message: string };

export class Study {
  readonly grid: Grid;
  segmentations: SegmentationInfo[] = [];
  image: Load<ImageLoaded> = { state: 'loading', fraction: 0 };
  /** What a preview says of the image that is being loaded. */
  private previewed: ImageLoaded | undefined;
  private imageCollector: SlabCollector | undefined;
  /** Channels 0, 1, 2 of a colour picture. */
  colourChannels: Voxels[] = [];
  /** Counts every arrival of image voxels: what was painted before is then old. */
  imageVersion = 0;
  private shown = { channel: -1, frame: -1 };
  private imageQuestion: Question<'loadImage'> | undefined;
  private readonly masks = new Map<string, Load<SegmentationLoaded>>();
  private readonly maskQuestions = new Map<string, Question<'loadSegmentation'>>();
  private growingMask: GrowingMask | undefined;
  private readonly comparisons = new Map<string, Outcome<Comparison>>();
  /** Pairs that the person wants to have compared. */
  private readonly asked = new Set<string>();
  /** The person's own, by label value. */
  colours: Readonly<Record<number, Colour>> = {};
  private isDisposed = false;
  private differenceShown: Difference | undefined;
  private differenceQuestion: Question<'difference'> | undefined;

  constructor(
    readonly description: VolumeDescription,
    private readonly labels: LabelInfo[],
    private readonly connection: Connection,
    private readonly announce: () => void,
  ) {
    this.grid = { affine: description.affine, shape: description.shape };
  }

  private onChange(): void {
    if (!this.isDisposed) this.announce();
  }

  /** Another document takes its place: what is still asked for is no longer wanted. */
  dispose(): void {
    this.isDisposed = true;
    this.imageQuestion?.cancel();
    this.differenceQuestion?.cancel();
    for (const question of this.maskQuestions.values()) question.cancel();
  }

  private collector(progress: (voxels: Voxels, fraction: number) => void): SlabCollector {
    const [x, y, z] = this.grid.shape;
    return new SlabCollector(x * y, z, (voxels, sent) => progress(voxels, sent / z));
  }

  /** Shows a channel at a frame; what was being loaded before is no longer wanted. */
  showImage(channel: number, frame: number): void {
    if (this.shown.channel === channel && this.shown.frame === frame) return;
    this.imageQuestion?.cancel();
    this.shown = { channel, frame };
    this.forgetOtherFrames();
    this.loadImage(channel, frame).then(
      () => this.onChange(),
      (error: unknown) => {
        this.image = failed(error);
        this.onChange();
      },
    );
  }

  /** Asks again for an image that could not be read. */
  retryImage(): void {
    const { channel, frame } = this.shown;
    this.shown = { channel: -1, frame: -1 };
    this.showImage(channel, frame);
    this.onChange();
  }

  private async loadImage(channel: number, frame: number): Promise<void> {
    const isCurrent = (): boolean => this.shown.channel === channel && this.shown.frame === frame;
    const partial = this.image.state === 'ready' ? this.image.voxels : undefined;
    this.image = { state: 'loading', fraction: 0, partial };
    this.previewed = undefined;
    const collector = this.collector((voxels, fraction) => {
      if (!isCurrent() || this.image.state !== 'loading') return;
      reached('voxels');
      this.image = { state: 'loading', fraction, partial: voxels };
      this.imageVersion++;
      this.onChange();
    });
    this.imageCollector = collector;
    const question = this.connection.ask('loadImage', { channel, frame }, collector.add);
    this.imageQuestion = question;
    try {
      const value = await question.answer;
      if (!isCurrent()) return;
      this.image = { state: 'ready', value, voxels: collector.voxels ?? new Uint8Array(0) };
      this.imageVersion++;
      this.forgetOtherFrames();
      if (this.description.isColour) await this.loadColours(frame);
    } catch (error) {
      if (!isCurrent()) return;
      this.image = failed(error);
    }
  }

  /** Masks over time, and what was compared with them, belong to the frame that was shown before. */
  private forgetOtherFrames(): void {
    for (const [id, load] of this.masks) {
      const isLate = load.state === 'loading' && !this.maskQuestions.has(id);
      if (isLate || (load.state === 'ready' && this.isOfOtherFrame(load.value))) this.forget(id);
    }
  }

  private isOfOtherFrame({ ofFrame }: SegmentationLoaded): boolean {
    return ofFrame !== undefined && ofFrame !== this.shown.frame;
  }

  /** Slabs write into the same array later. */
  takePreview({ channel, frame, voxelType, boxes, values }: ImagePreview): void {
    const isWanted = this.shown.channel === channel && this.shown.frame === frame && this.image.state === 'loading';
    if (!isWanted || !this.imageCollector || this.imageCollector.voxels) return;
    reached('voxels');
    const voxels = this.imageCollector.begin(voxelType);
    for (const { low, shape, data } of boxes) placeBox(voxels, this.grid.shape, voxelsOf(voxelType, data), low, shape);
    this.previewed = values;
    this.image = { state: 'loading', fraction: 0, partial: voxels };
    this.imageVersion++;
    this.onChange();
  }

  private async loadColours(frame: number): Promise<void> {
    const channels = await Promise.all(
      [0, 1, 2].map(async (channel) => {
        const collector = this.collector(() => undefined);
        await this.connection.ask('loadImage', { channel, frame }, collector.add).answer;
        return collector.voxels ?? new Uint8Array(0);
      }),
    );
    this.colourChannels = channels;
    this.imageVersion++;
  }

  get imageLayer(): Layer | undefined {
    const voxels =
      this.image.state === 'ready' ? this.image.voxels : this.image.state === 'loading' && this.image.partial;
    return voxels ? { grid: this.grid, voxels } : undefined;
  }

  /** A stored value as the file means it. */
  scaled(stored: number): number {
    const { slope, intercept } = this.scaling;
    return stored * slope + intercept;
  }

  private get values(): ImageLoaded | undefined {
    return this.image.state === 'ready' ? this.image.value : this.previewed;
  }

  /** Smallest and largest value of the image. */
  get range(): ImageLoaded['range'] {
    return this.values?.range ?? null;
  }

  get scaling(): { slope: number; intercept: number } {
    return this.values?.scaling ?? { slope: 1, intercept: 0 };
  }

  /** No value has a fraction. */
  get hasWholeValues(): boolean {
    const { slope, intercept } = this.scaling;
    return !/float|complex/.test(this.description.storedType) && [slope, intercept].every(Number.isInteger);
  }

  /** A window in the file's values as one in stored values. */
  storedWindow({ low, high }: Window): Window {
    const { slope, intercept } = this.scaling;
    return { low: (low - intercept) / slope, high: (high - intercept) / slope };
  }

  /** Air and soft tissue in Hounsfield units: by the channel's name, and by its values. */
  get isCt(): boolean {
    const { values } = this;
    const { channels, modality } = this.description;
    const name = channels[this.shown.channel]?.name ?? '';
    const isNamed = channels.length > 1 ? /^ct$/i.test(name.trim()) : modality === 'CT';
    return !this.description.isColour && values !== undefined && isCtLike(values, isNamed);
  }

  /** What an image opens with. */
  get openingWindow(): Window {
    return this.isCt ? ctPresets[0].window : this.autoWindow;
  }

  get autoWindow(): Window {
    const { values } = this;
    if (values) {
      const { window, range } = values;
      if (this.description.isColour) return { low: 0, high: 255 };
      if (window && window.low < window.high) return window;
      if (range && range.min < range.max) return { low: range.min, high: range.max };
      return { low: this.scaled(0), high: this.scaled(0) + 1 };
    }
    return this.image.state === 'loading' && this.image.partial ? autoWindow(this.image.partial) : { low: 0, high: 1 };
  }

  segmentation(id: string): SegmentationInfo | undefined {
    return this.segmentations.find((one) => one.id === id);
  }

  /** The loaded segmentation; asks for it the first time. */
  mask(id: string): Load<SegmentationLoaded> {
    const known = this.masks.get(id);
    if (known) return known;
    const loading: Load<SegmentationLoaded> = { state: 'loading', fraction: 0 };
    this.masks.set(id, loading);
    const collector = this.collector((_, fraction) => {
      loading.fraction = fraction;
      this.onChange();
    });
    const question = this.connection.ask('loadSegmentation', { segmentation: id }, collector.add);
    this.maskQuestions.set(id, question);
    const settle = (load: Load<SegmentationLoaded>): void => {
      // Forgotten in between: the file is gone, or another version of it is being read.
      if (this.masks.get(id) !== loading) return;
      this.maskQuestions.delete(id);
      // The frame was changed while it was being read: it is asked for again when the image of that frame is there.
      if (load.state !== 'ready' || !this.isOfOtherFrame(load.value)) this.masks.set(id, load);
      else if (this.image.state === 'ready') this.forget(id);
      this.onChange();
    };
    question.answer.then(
      (value) => settle({ state: 'ready', value, voxels: collector.voxels ?? new Uint8Array(0) }),
      (error: unknown) => settle(failed(error)),
    );
    return loading;
  }

  private forget(id: string): void {
    this.masks.delete(id);
    this.maskQuestions.get(id)?.cancel();
    this.maskQuestions.delete(id);
    for (const key of this.comparisons.keys()) if (partsOf(key).includes(id)) this.comparisons.delete(key);
    const { differenceShown } = this;
    if (!differenceShown || ![differenceShown.prediction, differenceShown.reference].includes(id)) return;
    this.differenceQuestion?.cancel();
    this.differenceShown = undefined;
  }

  /** What is known of a segmentation, without asking for it. */
  knownMask(id: string): Load<SegmentationLoaded> | undefined {
    return this.masks.get(id);
  }

  /** Of the file that a mask was read from. */
  maskVersion(id: string): string {
    return this.segmentation(id)?.version ?? '';
  }

  maskLayer(id: string): Layer | undefined {
    const load = this.mask(id);
    return load.state === 'ready' ? { grid: this.grid, voxels: load.voxels } : undefined;
  }

  /** A mask that is being predicted, until the finished one can be shown. */
  get growing(): GrowingMask | undefined {
    const mask = this.growingMask;
    if (mask?.successor !== undefined && this.mask(mask.successor).state !== 'loading') this.growingMask = undefined;
    return this.growingMask;
  }

  grow(box: GrowingBox): void {
    if (!this.growingMask || this.growingMask.successor !== undefined) this.growingMask = new GrowingMask(this.grid);
    this.growingMask.add(box);
    this.onChange();
  }

  endGrowing(segmentation: string | null): void {
    if (segmentation === null) this.growingMask = undefined;
    else if (this.growingMask) this.growingMask.successor = segmentation;
    this.onChange();
  }

  /** Files came, went or were rewritten: what is known of those that are gone or another now, or failed, is forgotten. */
  setSegmentations(segmentations: SegmentationInfo[]): void {
    const before = this.segmentations;
    this.segmentations = segmentations;
    for (const { id, version } of before) if (this.segmentation(id)?.version !== version) this.forget(id);
    for (const [id, load] of this.masks) if (load.state === 'failed') this.forget(id);
    for (const [key, outcome] of this.comparisons) if (outcome.state === 'failed') this.comparisons.delete(key);
    if (this.differenceShown?.load.state === 'failed') this.differenceShown = undefined;
  }

  /** Asks again for what failed. */
  retry(id: string): void {
    this.forget(id);
    this.onChange();
  }

  /** The person wants a pair to be compared, which is not done by itself. */
  askComparison(pair: Pair): void {
    this.asked.add(keyOf(pair));
    this.onChange();
  }

  isComparisonAsked(pair: Pair): boolean {
    return this.asked.has(keyOf(pair));
  }

  compare(prediction: string, reference: string): Outcome<Comparison> {
    const key = keyOf({ prediction, reference });
    const known = this.comparisons.get(key);
    if (known) return known;
    const loading: Outcome<Comparison> = { state: 'loading' };
    this.comparisons.set(key, loading);
    const set = (outcome: Outcome<Comparison>): void => {
      if (this.comparisons.get(key) !== loading) return;
      this.comparisons.set(key, outcome);
      this.onChange();
    };
    this.connection.ask('compare', { prediction, reference }).answer.then(
      (value) => set({ state: 'ready', value }),
      (error: unknown) => set({ state: 'failed', message: describe(error).message }),
    );
    return loading;
  }

  difference(prediction: string, reference: string): Load<DifferenceLoaded> {
    const shown = this.differenceShown;
    if (shown?.prediction === prediction && shown.reference === reference) return shown.load;
    this.differenceQuestion?.cancel();
    const difference: Difference = { prediction, reference, load: { state: 'loading', fraction: 0 } };
    this.differenceShown = difference;
    const collector = this.collector((_, fraction) => {
      if (difference.load.state === 'loading') difference.load.fraction = fraction;
    });
    this.differenceQuestion = this.connection.ask('difference', { prediction, reference }, collector.add);
    const settle = (load: Load<DifferenceLoaded>): void => {
      difference.load = load;
      if (this.differenceShown === difference) this.onChange();
    };
    this.differenceQuestion.answer.then(
      (value) => settle({ state: 'ready', value, voxels: collector.voxels ?? new Uint8Array(0) }),
      (error: unknown) => settle(failed(error)),
    );
    return difference.load;
  }

  /**
   * Name and colour of a label: as the segmentations that are meant have it, whose model may come from another dataset; else
   * as the dataset has it, else ours.
   */
  labelInfo(label: number, segmentations: readonly string[] = []): { name: string; colour: Colour } {
    const known =
      this.growingMask?.label(label) ??
      this.labelOfMasks(label, segmentations) ??
      this.labels.find((one) => one.value === label) ??
      this.labelOfMasks(label, this.masks.keys());
    const colour = this.colours[label] ?? known?.colour ?? labelColour(label);
    return { name: known?.name ?? `Label ${label}`, colour };
  }

  private labelOfMasks(label: number, segmentations: Iterable<string>): LabelInfo | undefined {
    for (const id of segmentations) {
      const load = this.masks.get(id);
      const known = load?.state === 'ready' ? load.value.labels : (this.segmentation(id)?.labels ?? []);
      const found = known.find((one) => one.value === label);
      if (found) return found;
    }
    return undefined;
  }
}

const keyOf = ({ prediction, reference }: Pair): string => JSON.stringify([prediction, reference]);
const partsOf = (key: string): string[] => JSON.parse(key) as string[];

function failed(error: unknown): { state: 'failed'; message: string; hint: string } {
  return { state: 'failed', ...describe(error) };
}

export function describe(error: unknown): { message: string; hint: string } {
  if (error instanceof HostError) return { message: error.failure.message, hint: error.failure.hint };
  return { message: error instanceof Error ? error.message : String(error), hint: '' };
}
