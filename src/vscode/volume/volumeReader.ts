/** Reads what the volume editor shows: describes a volume, cuts it into slabs, compares segmentations. Runs in the editor's worker. */
import { t } from '@vscode/l10n';
import { basename } from 'node:path';
import { stat } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { axisCodes } from '../../geometry/axes';
import type { Vector3, VoxelArray } from '../../geometry/types';
import { decodeImage } from '../../images/decode';
import { statesSpacing } from '../../images/statedSpacing';
import type { FileRole } from '../../images/tiffSpacing';
import { channelLength, type DecodedImage, type ImageHeader } from '../../images/types';
import { ImageError } from '../../method/errors';
import type {
  Comparison,
  DifferenceLoaded,
  HeaderEntry,
  ImageLoaded,
  ImagePreview,
  LabelInfo,
  Matrix4,
  SegmentationLoaded,
  VolumeDescription,
} from '../../protocol/volume';
import { channelLayout, type ChannelLayout } from './channelLayout';
import { compareLabels, differenceMap, type ComparedClass, type ComparedPair } from './comparison';
import { chooseDisplayGrid, isDownsampled, toShownVoxel, usableGrid, type DisplayGrid } from './displayGrid';
import { listErrors } from './errorComponents';
import { foundLabels } from './foundLabels';
import { headerSheet } from './headerSheet';
import { describeValues } from './imageValues';
import { KeptFiles } from './keptFiles';
import { labelMapOn, type LabelMap } from './labelMap';
import { middleOf, sendSlabs, type SendSlab } from './slabs';
import { describeDownsampling, isPictureFormat, niftiFieldsOf, readShownHeader } from './volumeHeader';

/** An image as the host found it on disk. */
export interface ImageSource {
  name: string;
  /** One per channel; the others only if they belong to the same case. */
  files: string[];
  opened: number;
  /** A label map's spacing may stand elsewhere. */
  role?: FileRole;
  /** From dataset.json; may be fewer than there are channels. */
  channelNames: string[];
  limitBytes: number;
}

export interface SegmentationSourceFile {
  file: string;
  name: string;
}

export interface ComparisonSource {
  reference: SegmentationSourceFile;
  prediction: SegmentationSourceFile;
  /** Empty: every label that occurs. */
  classes: ComparedClass[];
  labelNames: LabelInfo[];
  ignoreLabel?: number;
}

interface Opened {
  source: ImageSource;
  header: ImageHeader;
  display: DisplayGrid;
  layout: ChannelLayout;
  hasOrientation: boolean;
  /** The one that was asked for last. */
  frame: number;
}

interface Decoded {
  image: DecodedImage;
  /** By index of the volume in the file, as far as they were asked for. */
  values: Map<number, ImageLoaded>;
}

const keptSegmentations = 6;

export class VolumeReader {
  private opened: Opened | undefined;
  private readonly decoded = new KeptFiles<Decoded>(1);
  private readonly segmentations = new KeptFiles<LabelMap>(keptSegmentations);

  /** Reads the header only, where the format allows it. */
  async open(source: ImageSource): Promise<VolumeDescription> {
    const file = source.files[source.opened]!;
    const { header, niftiFields } = await this.describe(file, source.role);
    const { grid, warnings } = usableGrid(header);
    const display = chooseDisplayGrid(grid, Math.min(4, bytesOf(header.storedType)), source.limitBytes);
    const isPicture = isPictureFormat(header.format);
    const hasSpacing = await statesSpacing(header, source.role);
    const hasOrientation = !isPicture && (niftiFields?.hasOrientation ?? true);
    const layout = channelLayout(source, header);
    // Segmentations were brought onto the grid of what was open before.
    if (!isDeepStrictEqual([this.opened?.display.full, this.opened?.hasOrientation], [display.full, hasOrientation]))
      this.segmentations.clear();
    this.opened = { source, header, display, layout, hasOrientation, frame: this.opened?.frame ?? 0 };
    if (!hasOrientation && !isPicture)
      warnings.push({
        code: 'no-orientation',
        message: t('The header does not say how the volume lies in the body: left and right are a guess.'),
      });
    warnings.push(...(header.notes ?? []));
    const downsampled = isDownsampled(display) ? describeDownsampling(display, source.limitBytes) : undefined;
    if (downsampled) warnings.unshift(downsampled.warning);
    return {
      name: source.name,
      format: header.format,
      shape: [...display.shape].reverse() as Vector3,
      spacing: ([...header.spacing].reverse() as Vector3).map((step, axis) => step * display.factors[axis]!) as Vector3,
      hasSpacing,
      affine: display.affine as Matrix4,
      orientation: axisCodes(display.affine),
      hasOrientation,
      dimensions: isPicture && header.shape[0] === 1 ? 2 : 3,
      storedType: header.storedType,
      channels: layout.channels,
      openedChannel: source.files.length > 1 ? source.opened : 0,
      frames: layout.frames,
      isColour: layout.isColour,
      downsampled: downsampled?.description,
      header: headerSheet(header, hasSpacing, niftiFields?.entries ?? []),
      warnings,
      modality: source.channelNames.some((name) => /^ct$/i.test(name.trim())) ? 'CT' : 'other',
    };
  }

  /** What can be said about a file that can't be opened. */
  async known(file: string, role?: FileRole): Promise<HeaderEntry[]> {
    const entries: HeaderEntry[] = [{ section: t('File'), name: t('Name'), value: basename(file) }];
    const size = await stat(file).then(
      (info) => info.size,
      () => undefined,
    );
    if (size !== undefined) entries.push({ section: t('File'), name: t('Size'), value: t('{0} bytes', size) });
    const { header, niftiFields } = await this.describe(file, role).catch(async () => ({
      header: undefined,
      niftiFields: await niftiFieldsOf(file).catch(() => undefined),
    }));
    if (!header) return [...entries, ...(niftiFields?.entries ?? [])];
    const hasSpacing = await statesSpacing(header, role).catch(() => true);
    return [...entries, ...headerSheet(header, hasSpacing, niftiFields?.entries ?? [])];
  }

  setChannelFile(channel: number, file: string): void {
    this.required().source.files[channel] = file;
  }

  /** The first frame's middle slices; undefined where the whole is there as soon. What was read is kept for `loadImage`. */
  async preview(channel: number): Promise<ImagePreview | undefined> {
    const { display, layout } = this.required();
    const { voxels, values } = await this.volume(channel, 0);
    const middle = layout.isColour ? undefined : middleOf(voxels, display);
    return middle && { channel, frame: 0, ...middle, values: values() };
  }

  async loadImage(channel: number, frame: number, send: SendSlab, signal: AbortSignal): Promise<ImageLoaded> {
    const opened = this.required();
    const { display, layout } = opened;
    // Segmentations over time were read at the frame that was shown before.
    if (opened.frame !== frame) this.segmentations.clear();
    opened.frame = frame;
    const { voxels, values } = await this.volume(channel, frame);
    signal.throwIfAborted();
    await sendSlabs(voxels, display, send, signal);
    const isLast = layout.channels.length === 1 && layout.frames === 1;
    if (isLast) this.decoded.clear();
    return values();
  }

  async loadSegmentation(
    source: SegmentationSourceFile,
    labelNames: readonly LabelInfo[],
    send: SendSlab,
    signal: AbortSignal,
  ): Promise<SegmentationLoaded> {
    const { display } = this.required();
    const { labels, voxels, warnings, ofFrame } = await this.segmentation(source);
    signal.throwIfAborted();
    await sendSlabs(labels, display, send, signal);
    const counts = [...voxels].map(([value, count]) => ({ value, voxels: count }));
    const found = foundLabels(counts, labelNames, source.name);
    return { labels: found.labels, warnings: [...warnings, ...found.warnings], ofFrame };
  }

  async compare(source: ComparisonSource, signal: AbortSignal): Promise<Comparison> {
    const { pair, warnings, values } = await this.pair(source);
    const names = new Map(source.labelNames.map(({ value, name }) => [value, name]));
    const occurring = values.map((value) => ({ entry: value, name: names.get(value) ?? t('Label {0}', value) }));
    const classes = source.classes.length > 0 ? source.classes : occurring;
    return { ...(await compareLabels(pair, classes, { signal })), warnings };
  }

  async difference(
    source: ComparisonSource,
    labels: readonly number[] | undefined,
    send: SendSlab,
    signal: AbortSignal,
  ): Promise<DifferenceLoaded> {
    const { display } = this.required();
    const { pair } = await this.pair(source);
    const map = differenceMap(pair, labels);
    await sendSlabs(map, display, send, signal);
    const { errors, total } = await listErrors(pair, map, signal);
    const shown = (voxel: Vector3): Vector3 => toShownVoxel(display, voxel);
    return {
      total,
      errors: errors.map((error) => ({
        ...error,
        voxel: shown(error.voxel),
        box: [shown(error.box[0]), shown(error.box[1])],
      })),
    };
  }

  /** One channel at one frame, and what its values are, which takes a pass over all of them. */
  private async volume(channel: number, frame: number): Promise<{ voxels: VoxelArray; values(): ImageLoaded }> {
    const { display, layout, header } = this.required();
    const { file, index } = layout.find(channel, frame);
    const { image, values } = await this.decodeKept(file);
    if (String(image.header.shape) !== String(display.full.shape)) throw otherShape(file, image.header, header);
    const length = channelLength(image.header.shape);
    const voxels = image.voxels.subarray(index * length, (index + 1) * length);
    if (voxels.length < length) throw noSuchVolume(file, channel, frame);
    return {
      voxels,
      values: () => {
        const known = values.get(index) ?? describeValues(voxels, image.header.scaling);
        values.set(index, known);
        return known;
      },
    };
  }

  private describe(file: string, role: FileRole = 'image') {
    return readShownHeader(file, role, async () => (await this.decodeKept(file)).image);
  }

  private decodeKept(file: string): Promise<Decoded> {
    return this.decoded.get(file, async () => ({ image: await decodeImage(file), values: new Map() }));
  }

  private async pair({ reference, prediction, ignoreLabel }: ComparisonSource) {
    const { display } = this.required();
    const [a, b] = [await this.segmentation(reference), await this.segmentation(prediction)];
    const pair: ComparedPair = { reference: a.labels, prediction: b.labels, grid: display.full, ignoreLabel };
    const values = [...new Set([...a.voxels.keys(), ...b.voxels.keys()])]
      .filter((value) => value !== ignoreLabel)
      .sort((x, y) => x - y);
    return { pair, values, warnings: [...a.warnings, ...b.warnings] };
  }

  /** The last few are kept, as long as their files do not change. */
  private segmentation({ file, name }: SegmentationSourceFile): Promise<LabelMap> {
    const { source, display, hasOrientation, frame, layout } = this.required();
    const time = { frame, frames: layout.frames, isItself: source.files.includes(file) };
    return this.segmentations.get(file, async () =>
      labelMapOn(display.full, await decodeImage(file), name, hasOrientation, time),
    );
  }

  private required(): Opened {
    if (this.opened) return this.opened;
    throw new ImageError('not-open', 'No volume is open', { hint: 'Close the editor and open the file again.' });
  }
}

function bytesOf(type: string): number {
  return Number(/\d+$/.exec(type)?.[0] ?? 8) / (type.startsWith('rgb') ? (type === 'rgb24' ? 24 : 32) / 8 : 8);
}

function otherShape(file: string, header: ImageHeader, first: ImageHeader): ImageError {
  const show = (shape: readonly number[]): string => [...shape].reverse().join(' x ');
  return new ImageError(
    'shape-mismatch',
    `This channel has ${show(header.shape)} voxels, the opened one ${show(first.shape)}`,
    { where: file, hint: 'The channels of a case must have one grid: check the dataset.' },
  );
}

function noSuchVolume(file: string, channel: number, frame: number): ImageError {
  return new ImageError('no-such-channel', `The file has no channel ${channel}, time point ${frame}`, {
    where: file,
    hint: 'It has changed: open it again.',
  });
}
