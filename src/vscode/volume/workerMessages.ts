/** Messages between the extension host and the worker that reads volumes. */
import type { FileRole } from '../../images/tiffSpacing';
import type { Failure, LabelInfo, Slab } from '../../protocol/volume';
import type { ComparisonSource, ImageSource, SegmentationSourceFile, VolumeReader } from './volumeReader';

export type WorkerTask =
  | { task: 'open'; source: ImageSource }
  | { task: 'known'; file: string; role?: FileRole }
  | { task: 'holdsLabels'; file: string }
  /** Another channel's file was brought here. */
  | { task: 'channel'; channel: number; file: string }
  /** Also reads ahead: the `image` that comes next then has its voxels. */
  | { task: 'preview'; channel: number }
  | { task: 'image'; channel: number; frame: number }
  | { task: 'segmentation'; source: SegmentationSourceFile; labelNames: LabelInfo[] }
  | { task: 'compare'; source: ComparisonSource }
  | { task: 'difference'; source: ComparisonSource; labels?: number[] };

/** What each task gives, slabs aside. */
export interface WorkerResults {
  open: Awaited<ReturnType<VolumeReader['open']>>;
  holdsLabels: boolean;
  known: Awaited<ReturnType<VolumeReader['known']>>;
  channel: undefined;
  preview: Awaited<ReturnType<VolumeReader['preview']>>;
  image: Awaited<ReturnType<VolumeReader['loadImage']>>;
  segmentation: Awaited<ReturnType<VolumeReader['loadSegmentation']>>;
  compare: Awaited<ReturnType<VolumeReader['compare']>>;
  difference: Awaited<ReturnType<VolumeReader['difference']>>;
}

export type ToWorker = { type: 'start'; id: number; task: WorkerTask } | { type: 'cancel'; id: number };

export type FromWorker =
  | { type: 'slab'; id: number; slab: Omit<Slab, 'type' | 'id'> }
  | { type: 'done'; id: number; result: WorkerResults[WorkerTask['task']] }
  | { type: 'failed'; id: number; failure: Failure };
