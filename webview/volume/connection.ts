/** Talks to the editor's host: asks, collects slabs into arrays, and settles every question once. */
import type { Vector3 } from '../../src/geometry/types';
import type {
  Failure,
  Slab,
  VolumeRequests,
  VolumeRequestType,
  VolumeToHost,
  VolumeToWebview,
  VoxelType,
} from '../../src/protocol/volume';
import type { Voxels } from './slices';

/** The host could not do what was asked; worded for the person. */
export class HostError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

export type Announcement = Exclude<VolumeToWebview, Slab | { type: 'done' | 'rejected' }>;

export interface Question<T extends VolumeRequestType> {
  answer: Promise<VolumeRequests[T]['answer']>;
  cancel(): void;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
  onSlab?: (slab: Slab) => void;
}

export class Connection {
  private readonly pending = new Map<number, Pending>();
  /** Not those of a page that was here before: its late answers must not be taken for ours. */
  private nextId = Math.floor(Math.random() * 2 ** 40) * 2 ** 10;

  constructor(
    private readonly post: (message: VolumeToHost) => void,
    private readonly onAnnouncement: (message: Announcement) => void,
  ) {}

  ask<T extends VolumeRequestType>(type: T, ask: VolumeRequests[T]['ask'], onSlab?: (slab: Slab) => void): Question<T> {
    const id = this.nextId++;
    const answer = new Promise<VolumeRequests[T]['answer']>((resolve, reject) => {
      this.pending.set(id, { resolve: (result) => resolve(result as VolumeRequests[T]['answer']), reject, onSlab });
    });
    this.post({ ...ask, type, id } as unknown as VolumeToHost);
    return {
      answer,
      cancel: () => {
        if (this.pending.has(id)) this.post({ type: 'cancel', id });
      },
    };
  }

  /** Another document came: answers that are still on their way are of the one before. */
  dropQuestions(): void {
    this.pending.clear();
  }

  receive(message: VolumeToWebview): void {
    if (message.type === 'slab') this.pending.get(message.id)?.onSlab?.(message);
    else if (message.type === 'done') this.take(message.id)?.resolve(message.result);
    else if (message.type === 'rejected') this.take(message.id)?.reject(new HostError(message.failure));
    else this.onAnnouncement(message);
  }

  private take(id: number): Pending | undefined {
    const found = this.pending.get(id);
    this.pending.delete(id);
    return found;
  }
}

/** What came over as bytes. */
export function voxelsOf(type: VoxelType, data: ArrayBuffer): Voxels {
  return new arrays[type](data);
}

const arrays: Record<VoxelType, new (source: ArrayBuffer | number) => Voxels> = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
};

/** Puts the slabs of one volume together; the array is there from the first slab on. */
export class SlabCollector {
  voxels: Voxels | undefined;

  /** Of a volume of this shape (x, y, z). @param onProgress  is told how much of it is there, 0 to 1 */
  static of([x, y, z]: Readonly<Vector3>, onProgress: (voxels: Voxels, fraction: number) => void): SlabCollector {
    return new SlabCollector(x * y, z, (voxels, sent) => onProgress(voxels, sent / z));
  }

  /** @param sliceSize  voxels of one slice; @param slices  of the whole volume */
  constructor(
    private readonly sliceSize: number,
    private readonly slices: number,
    private readonly onProgress: (voxels: Voxels, sent: number) => void = () => undefined,
  ) {}

  /** The array before anything of it is known. */
  begin(type: VoxelType): Voxels {
    this.voxels ??= new arrays[type](this.sliceSize * this.slices);
    return this.voxels;
  }

  readonly add = (slab: Slab): void => {
    const voxels = this.begin(slab.voxelType);
    voxels.set(voxelsOf(slab.voxelType, slab.data), slab.firstSlice * this.sliceSize);
    this.onProgress(voxels, slab.sent);
  };
}
