/** Holds what is shown: the image, its segmentations and their comparison, loaded when they are first needed. */
import { t } from '@vscode/l10n';
import type { LabelInfo, SegmentationInfo, SegmentationLoaded, VolumeDescription } from '../../src/protocol/volume';
import { labelColour, type Colour } from './colours';
import { Comparisons } from './comparisons';
import { SlabCollector, type Connection, type Question } from './connection';
import type { ShownGrid } from './geometry';
import { GrowingMask, type GrowingBox } from './growing';
import { failed, type Load } from './loads';
import { ShownImage } from './shownImage';
import type { Layer } from './slices';

export class Study {
  readonly grid: ShownGrid;
  readonly image: ShownImage;
  readonly comparisons: Comparisons;
  segmentations: SegmentationInfo[] = [];
  /** The person's own, by label value. */
  colours: Readonly<Record<number, Colour>> = {};
  private readonly masks = new Map<string, Load<SegmentationLoaded>>();
  private readonly questions = new Map<string, Question<'loadSegmentation'>>();
  private growingMask: GrowingMask | undefined;
  private isDisposed = false;

  constructor(
    readonly description: VolumeDescription,
    private readonly labels: LabelInfo[],
    private readonly connection: Connection,
    private readonly announce: () => void,
  ) {
    const onChange = (): void => this.onChange();
    this.grid = { affine: description.affine, shape: description.shape };
    this.image = new ShownImage(description, this.grid, connection, onChange, () => this.forgetOtherFrames());
    this.comparisons = new Comparisons(this.grid, connection, onChange);
  }

  private onChange(): void {
    if (!this.isDisposed) this.announce();
  }

  /** Another document takes its place: what is still asked for is no longer wanted. */
  dispose(): void {
    this.isDisposed = true;
    this.image.dispose();
    this.comparisons.dispose();
    for (const question of this.questions.values()) question.cancel();
  }

  /** Shows a channel at a frame. */
  showImage(channel: number, frame: number): void {
    if (this.image.show(channel, frame)) this.forgetOtherFrames();
  }

  /** Masks over time, and what was compared with them, belong to the frame that was shown before. */
  private forgetOtherFrames(): void {
    for (const [id, load] of this.masks) {
      const isLate = load.state === 'loading' && !this.questions.has(id);
      if (isLate || (load.state === 'ready' && this.isOfOtherFrame(load.value))) this.forget(id);
    }
  }

  private isOfOtherFrame({ ofFrame }: SegmentationLoaded): boolean {
    return ofFrame !== undefined && ofFrame !== this.image.frame;
  }

  segmentation(id: string): SegmentationInfo | undefined {
    return this.segmentations.find((one) => one.id === id);
  }

  /** The loaded segmentation; asks for it the first time. */
  mask(id: string): Load<SegmentationLoaded> {
    const known = this.masks.get(id);
    if (known) return known;
    const loading: Load<SegmentationLoaded> = { state: 'loading', fraction: 0 };
    const isOpened = this.segmentation(id)?.isOpened === true;
    // The image tells first whether it need be sent a second time.
    if (isOpened && this.image.load.state === 'loading') return loading;
    this.masks.set(id, loading);
    const collector = SlabCollector.of(this.grid.shape, (_, fraction) => {
      loading.fraction = fraction;
      this.onChange();
    });
    const shown = isOpened ? this.image.labelVoxels : undefined;
    const ask = { segmentation: id, ...(shown && { isShown: true as const }) };
    const question = this.connection.ask('loadSegmentation', ask, collector.add);
    this.questions.set(id, question);
    const settle = (load: Load<SegmentationLoaded>): void => {
      // Forgotten in between: the file is gone, or another version of it is being read.
      if (this.masks.get(id) !== loading) return;
      this.questions.delete(id);
      // The frame was changed while it was being read: it is asked for again when the image of that frame is there.
      if (load.state !== 'ready' || !this.isOfOtherFrame(load.value)) this.masks.set(id, load);
      else if (this.image.load.state === 'ready') this.forget(id);
      this.onChange();
    };
    question.answer.then(
      (value) => settle({ state: 'ready', value, voxels: collector.voxels ?? shown ?? new Uint8Array(0) }),
      (error: unknown) => settle(failed(error)),
    );
    return loading;
  }

  private forget(id: string): void {
    this.masks.delete(id);
    this.questions.get(id)?.cancel();
    this.questions.delete(id);
    this.comparisons.forget(id);
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
    this.comparisons.forgetFailed();
  }

  /** Asks again for what failed. */
  retry(id: string): void {
    this.forget(id);
    this.onChange();
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
    return { name: known?.name ?? t('Label {0}', label), colour };
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
