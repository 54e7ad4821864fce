/** A mask that comes in boxes while it is being predicted. */
import type { LabelInfo, VolumeToWebview } from '../../src/protocol/volume';
import { placeBox } from './boxes';
import type { ShownGrid } from './geometry';
import type { Layer } from './slices';

export type GrowingBox = Omit<Extract<VolumeToWebview, { type: 'growing' }>, 'type'>;

export class GrowingMask {
  /** Counts the boxes: what was painted before is then old. */
  version = 0;
  /** Id of the finished mask, once there is one. */
  successor: string | undefined;
  private labels: LabelInfo[] = [];
  private voxels: Uint8Array | Uint16Array | undefined;

  constructor(private readonly grid: ShownGrid) {}

  get layer(): Layer | undefined {
    return this.voxels && { grid: this.grid, voxels: this.voxels };
  }

  label(value: number): LabelInfo | undefined {
    return this.labels.find((one) => one.value === value);
  }

  add({ low, shape, voxelType, data, labels }: GrowingBox): void {
    const box = voxelType === 'uint16' ? new Uint16Array(data) : new Uint8Array(data);
    const [width, height, depth] = this.grid.shape;
    this.voxels ??= new (box.constructor as typeof Uint8Array)(width * height * depth);
    this.labels = labels;
    placeBox(this.voxels, this.grid.shape, box, low, shape);
    this.version += 1;
  }
}
