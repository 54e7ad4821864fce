/** The image that a study shows: its voxels, asked for by channel and time point, and how their values are meant. */
import type { ImageLoaded, ImagePreview, VolumeDescription } from '../../src/protocol/volume';
import { placeBox } from './boxes';
import { SlabCollector, voxelsOf, type Connection, type Question } from './connection';
import type { ShownGrid } from './geometry';
import { failed, type Load } from './loads';
import { reached } from './milestones';
import type { Layer, Voxels, Window } from './slices';
import { autoWindow, ctPresets, isCtLike } from './windowing';

/** Larger whole numbers may have been rounded on their way here. */
const exactInSinglePrecision = 2 ** 24;

export class ShownImage {
  load: Load<ImageLoaded> = { state: 'loading', fraction: 0 };
  /** Channels 0, 1, 2 of a colour picture. */
  colourChannels: Voxels[] = [];
  /** Counts every arrival of voxels: what was painted before is then old. */
  version = 0;
  channel = -1;
  frame = -1;
  /** What a preview says of the image that is being loaded. */
  private previewed: ImageLoaded | undefined;
  private collector: SlabCollector | undefined;
  private question: Question<'loadImage'> | undefined;

  /** @param onLoaded  another channel or time point is there, or its colours are still to come */
  constructor(
    private readonly description: VolumeDescription,
    private readonly grid: ShownGrid,
    private readonly connection: Connection,
    private readonly onChange: () => void,
    private readonly onLoaded: () => void,
  ) {}

  dispose(): void {
    this.question?.cancel();
  }

  /** What was being loaded before is no longer wanted. @returns false where it is shown already */
  show(channel: number, frame: number): boolean {
    if (this.channel === channel && this.frame === frame) return false;
    this.question?.cancel();
    [this.channel, this.frame] = [channel, frame];
    this.read(channel, frame).then(
      () => this.onChange(),
      (error: unknown) => {
        this.load = failed(error);
        this.onChange();
      },
    );
    return true;
  }

  /** Asks again for what could not be read. */
  retry(): void {
    const { channel, frame } = this;
    [this.channel, this.frame] = [-1, -1];
    this.show(channel, frame);
    this.onChange();
  }

  private async read(channel: number, frame: number): Promise<void> {
    const isCurrent = (): boolean => this.channel === channel && this.frame === frame;
    const partial = this.load.state === 'ready' ? this.load.voxels : undefined;
    this.load = { state: 'loading', fraction: 0, partial };
    this.previewed = undefined;
    const collector = this.newCollector((voxels, fraction) => {
      if (!isCurrent() || this.load.state !== 'loading') return;
      reached('voxels');
      this.load = { state: 'loading', fraction, partial: voxels };
      this.version++;
      this.onChange();
    });
    this.collector = collector;
    const question = this.connection.ask('loadImage', { channel, frame }, collector.add);
    this.question = question;
    try {
      const value = await question.answer;
      if (!isCurrent()) return;
      this.load = { state: 'ready', value, voxels: collector.voxels ?? new Uint8Array(0) };
      this.version++;
      this.onLoaded();
      if (this.description.isColour) await this.readColours(frame);
    } catch (error) {
      if (!isCurrent()) return;
      this.load = failed(error);
    }
  }

  private async readColours(frame: number): Promise<void> {
    const channels = await Promise.all(
      [0, 1, 2].map(async (channel) => {
        const collector = this.newCollector(() => undefined);
        await this.connection.ask('loadImage', { channel, frame }, collector.add).answer;
        return collector.voxels ?? new Uint8Array(0);
      }),
    );
    this.colourChannels = channels;
    this.version++;
  }

  private newCollector(progress: (voxels: Voxels, fraction: number) => void): SlabCollector {
    return SlabCollector.of(this.grid.shape, progress);
  }

  /** Slabs write into the same array later. */
  takePreview({ channel, frame, voxelType, boxes, values }: ImagePreview): void {
    const isWanted = this.channel === channel && this.frame === frame && this.load.state === 'loading';
    if (!isWanted || !this.collector || this.collector.voxels) return;
    reached('voxels');
    const voxels = this.collector.begin(voxelType);
    for (const { low, shape, data } of boxes) placeBox(voxels, this.grid.shape, voxelsOf(voxelType, data), low, shape);
    this.previewed = values;
    this.load = { state: 'loading', fraction: 0, partial: voxels };
    this.version++;
    this.onChange();
  }

  get layer(): Layer | undefined {
    const voxels = this.load.state === 'ready' ? this.load.voxels : this.load.state === 'loading' && this.load.partial;
    return voxels ? { grid: this.grid, voxels } : undefined;
  }

  /** Where the whole file is one label map whose labels are stored as they are: its voxels. Undefined, too, while it is being read. */
  get labelVoxels(): Voxels | undefined {
    const { load, description } = this;
    const isAlone = description.channels.length === 1 && description.frames === 1;
    if (!isAlone || load.state !== 'ready' || !load.value.labels) return undefined;
    const { labels, scaling } = load.value;
    const isStored = scaling.slope === 1 && scaling.intercept === 0;
    return isStored && labels.every(({ value }) => value <= exactInSinglePrecision) ? load.voxels : undefined;
  }

  /** A stored value as the file means it. */
  scaled(stored: number): number {
    const { slope, intercept } = this.scaling;
    return stored * slope + intercept;
  }

  private get values(): ImageLoaded | undefined {
    return this.load.state === 'ready' ? this.load.value : this.previewed;
  }

  /** Smallest and largest value. */
  get range(): ImageLoaded['range'] {
    return this.values?.range ?? null;
  }

  private get scaling(): { slope: number; intercept: number } {
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
    const name = channels[this.channel]?.name ?? '';
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
    return this.load.state === 'loading' && this.load.partial ? autoWindow(this.load.partial) : { low: 0, high: 1 };
  }
}
