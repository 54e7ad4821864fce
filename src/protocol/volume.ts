/**
 * Messages between the volume editor's host side (src/vscode/volume) and its webview (webview/volume): types only.
 *
 * Words. Voxel indices are (x, y, z), x fastest in memory, z slowest; so a volume of shape [X, Y, Z] holds voxel (x, y, z) at
 * x + X * (y + Y * z). World coordinates are millimetres in RAS+ (NIfTI's): world = affine * (x, y, z, 1), integer indices are
 * voxel centres. Everything that is sent lies on ONE grid, that of `VolumeDescription` (the displayed grid: downsampled where
 * `downsampled` says so). The host brings segmentations onto it. Anatomical planes, flips, letters and the radiological switch
 * are the webview's: webview/volume/geometry.ts; the host uses src/geometry/axes for the letters in the header sheet.
 *
 * Order. The webview sends `ready`; the host sends `document` (or `failed`), then `segmentations`, again whenever files come,
 * go or are rewritten: a segmentation of another `version` is another one, and what was loaded of it is void. Where the image
 * itself is rewritten, `document` comes again: the view stays, all voxels are void. Voxels come only when asked for, a `preview` of the opened channel aside. Each request has an `id` that its sender chose; it ends in exactly one `done` or
 * `rejected` with that id, after any `slab`s. Numbers that are not finite travel as null.
 */
import type { Vector3 } from '../geometry/types';

/** Rows of a 4 x 4 matrix. */
export type Matrix4 = [number[], number[], number[], number[]];

/** How voxels travel; the array's own kind, little endian. Images may use any, segmentations uint8, uint16 or int32. */
export type VoxelType = 'uint8' | 'int8' | 'uint16' | 'int16' | 'uint32' | 'int32' | 'float32';

/** An error for the person. */
export interface Failure {
  code: string;
  message: string;
  /** File or place it is about. */
  where?: string;
  /** What to do; may be empty. */
  hint: string;
}

/** Something the person should know although the volume can be shown: differing grids, no orientation, NaN voxels, downsampling. */
export interface VolumeWarning {
  code: string;
  message: string;
}

/** A line of the header sheet, already worded. */
export interface HeaderEntry {
  /** Sections: "Volume", "Position", "Values", "File". */
  section: string;
  name: string;
  value: string;
}

export interface VolumeDescription {
  /** Name to show, without folder. */
  name: string;
  /** E.g. "NIfTI-1". */
  format: string;
  /** Of the displayed grid. Pictures and single slices have Z = 1. */
  shape: Vector3;
  /** mm, of the displayed grid; 1 where the file gives none. */
  spacing: Vector3;
  /** False where the file says nothing about the size of its voxels (pictures, some NRRD): lengths and volumes are in voxels then. */
  hasSpacing: boolean;
  /** Voxel of the displayed grid -> RAS+ mm. Always invertible: where a file's is not, the host replaces it and warns. */
  affine: Matrix4;
  /** Where x, y and z run to, e.g. "LPS"; may be approximate for oblique volumes. */
  orientation: string;
  /** False where the file says nothing about its place in the body (pictures, no qform/sform): letters are then not trustworthy. */
  hasOrientation: boolean;
  /** 2: one slice without a place in space; show one plane only, as stored. Pictures get x = left, y = posterior for that. */
  dimensions: 2 | 3;
  /** As in the file, e.g. "int16", "uint64", "rgb24". */
  storedType: string;
  /** The case's channel files, or the components of an RGB file. At least one. */
  channels: ChannelInfo[];
  /** The channel of the file that was opened. */
  openedChannel: number;
  /** Length of the 4th axis: time points or the like. At least 1. */
  frames: number;
  /** True where channels 0, 1, 2 are red, green, blue (uint8) and can be shown as one colour picture. */
  isColour: boolean;
  /** Set where the volume was too large for the memory limit. */
  downsampled?: {
    /** Every n-th voxel is shown, per axis. */
    factors: Vector3;
    fullShape: Vector3;
    /** The setting's value; the message for the person is among the warnings. */
    limitBytes: number;
  };
  header: HeaderEntry[];
  warnings: VolumeWarning[];
  /** By the channels' names; values may tell as well (`ImageLoaded.looksLikeCt`). */
  modality: 'CT' | 'other';
}

export interface ChannelInfo {
  /** From dataset.json's channel_names, else "Channel 0", "Red" … */
  name: string;
}

/** How stored values become values: value = stored * slope + intercept. Default 1 and 0. */
interface ValueScaling {
  slope: number;
  intercept: number;
}

export interface LabelInfo {
  value: number;
  name: string;
  /** red, green, blue, 0 … 255; only where dataset.json gives one. Otherwise the webview's palette decides (colours.ts). */
  colour?: Vector3;
  /** nnU-Net's ignore label: not evaluated. */
  isIgnored: boolean;
}

/**
 * What a segmentation is, by where it lies and what was written beside it. `label`: the reference of the dataset; `prediction`:
 * made by a model; `file`: drawn by hand, or not known.
 */
export type SegmentationSource = 'label' | 'prediction' | 'file';

export interface SegmentationInfo {
  /** Stable for the same file, also after reload; use it as key in the state. */
  id: string;
  source: SegmentationSource;
  /** To show: "Label", "3d_fullres, fold 0", "predictions/run1", a file name. */
  name: string;
  /** Longer: the path, shortened to the workspace. */
  detail: string;
  /** Of the file's contents: another one once it was rewritten. */
  version: string;
  /** Names of its labels, known before it is loaded: the model's that made it, else the dataset's. */
  labels?: LabelInfo[];
  /** The opened file itself, whose values are labels. */
  isOpened?: true;
  /** Only the drawn region was predicted: its volumes are those in the region. */
  isOfRegion?: true;
}

/** Result of `loadImage`. The voxels came in slabs before. */
export interface ImageLoaded {
  scaling: ValueScaling;
  /** Finite values, scaled; null where there is none. */
  range: { min: number; max: number } | null;
  /** 0.5 and 99.5 percentile of the finite values (sampled): a good first window. Equal to range where values are few. */
  window: { low: number; high: number } | null;
  nonFinite: number;
  /** By its values: air, soft tissue, and little that is denser. */
  looksLikeCt: boolean;
  /** Where the values are few whole numbers that lie in patches, the file is a label map: its labels without background, ascending. */
  labels: { value: number; voxels: number }[] | null;
}

/** What is seen first of a large image: the middle slices of the three planes, with the values of the whole. */
export interface ImagePreview {
  channel: number;
  frame: number;
  voxelType: VoxelType;
  /** Parts of the displayed grid, x fastest. */
  boxes: { low: Vector3; shape: Vector3; data: ArrayBuffer }[];
  values: ImageLoaded;
}

/** Result of `loadSegmentation`. */
export interface SegmentationLoaded {
  /** Labels that occur in it (background 0 left out), ascending, with the dataset's names and colours where known. */
  labels: (LabelInfo & { voxels: number })[];
  /** E.g. that it lay on another grid and was resampled to the image's, nearest neighbour. */
  warnings: VolumeWarning[];
  /** Of a file over time: the image's frame that it belongs to. It is asked for again with another one. */
  ofFrame?: number;
}

/** Prediction against reference; voxel counts are of the full-resolution files. */
export interface Comparison {
  rows: ComparisonRow[];
  /** Mean of the rows that have a Dice; null where none has. */
  meanDice: number | null;
  warnings: VolumeWarning[];
}

export interface ComparisonRow {
  /** nnU-Net's key, "1" or "(1, 2)" for regions. */
  key: string;
  name: string;
  /** The label values that make up this row. */
  labels: number[];
  /** null: in neither. */
  dice: number | null;
  iou: number | null;
  truePositive: number;
  falsePositive: number;
  falseNegative: number;
  referenceVolumeMm3: number;
  predictionVolumeMm3: number;
}

/** Values of the difference map. */
interface DifferenceCodes {
  agreement: 0;
  /** Both say the same label, not background. */
  truePositive: 1;
  /** The prediction says a label where the reference has background. */
  falsePositive: 2;
  /** The reference has a label where the prediction has background. */
  falseNegative: 3;
  /** Both have a label, but different ones. */
  otherLabel: 4;
}
export type DifferenceCode = DifferenceCodes[keyof DifferenceCodes];

/** Result of `difference`. The map (uint8, DifferenceCode) came in slabs before. */
export interface DifferenceLoaded {
  /** Largest first, at most 500. */
  errors: ErrorComponent[];
  /** Number of all components. */
  total: number;
}

/** A connected region (26 neighbours) of voxels that are wrong in the same way: one kind, one label in each of the two. */
export interface ErrorComponent {
  kind: 'falsePositive' | 'falseNegative' | 'otherLabel';
  voxels: number;
  volumeMm3: number;
  /** A voxel inside it, near its centre, on the displayed grid: where to jump. */
  voxel: Vector3;
  /** First and last voxel of its box, on the displayed grid. */
  box: [Vector3, Vector3];
  /** 0: background. */
  referenceLabel: number;
  predictionLabel: number;
}

/** What the webview keeps with setState; the host only opens editors with parts of it (`open`). */
export interface VolumeViewState {
  version: 1;
  layout: VolumeLayout;
  /** Ids of shown segmentations; one that is not there (yet) is shown once it is. */
  segmentations: string[];
  crosshair: Vector3;
  channel: number;
  frame: number;
  window: { low: number; high: number } | null;
  isRadiological: boolean;
  opacity: number;
  isOutline: boolean;
  hiddenLabels: number[];
  zoom: number;
  /** Drawn by the person: only it is to be predicted. */
  region: Region | null;
  /** Which segmentation is checked against which, where the person said so; null: what the files are decides. */
  pair: { prediction: string; reference: string } | null;
  /** The person's own colours, by label value. */
  colours: Record<number, Vector3>;
  /** The person has ticked or unticked segmentations; until then the page shows what most would want to see. */
  hasChosenSegmentations: boolean;
}

/** A box of voxels of the displayed grid. */
export interface Region {
  /** First voxel. */
  low: Vector3;
  /** Behind the last voxel. */
  high: Vector3;
}

export type Plane = 'axial' | 'coronal' | 'sagittal';
export type VolumeLayout =
  | { kind: 'planes' }
  | { kind: 'single'; plane: Plane | '3d' }
  /** One pane per segmentation, linked. */
  | { kind: 'compare'; plane: Plane; segmentations: string[] }
  /** Difference of prediction and reference in all planes. */
  | { kind: 'difference'; prediction: string; reference: string };

export interface VolumeSettings {
  /** nnunet.volume.convention: radiological = the patient's right is on the left of the picture. */
  isRadiological: boolean;
  maskOpacity: number;
}

/** Requests of the webview, by type: what is asked and what `done` then carries. */
export interface VolumeRequests {
  /** Slabs of one channel and frame. */
  loadImage: { ask: { channel: number; frame: number }; answer: ImageLoaded };
  /** Slabs of label values, on the displayed grid. */
  loadSegmentation: {
    ask: {
      segmentation: string;
      /** The opened file itself, whose voxels the page has as its image: no slabs are needed. */
      isShown?: true;
    };
    answer: SegmentationLoaded;
  };
  compare: { ask: { prediction: string; reference: string }; answer: Comparison };
  /** `labels` limits the map to these values (a row of the comparison); absent: all labels. */
  difference: { ask: { prediction: string; reference: string; labels?: number[] }; answer: DifferenceLoaded };
  /** Lets the person choose a file; null when they did not. It is then in the next `segmentations`, which comes before `done`. */
  chooseSegmentation: { ask: object; answer: { segmentation: string | null } };
  /** Saves a picture through the host's save dialog; `saved` is the place, null when cancelled. */
  save: {
    ask: { suffix: string; kind: 'png' | 'gif'; bytes: ArrayBuffer };
    answer: { saved: string | null };
  };
}
export type VolumeRequestType = keyof VolumeRequests;

export type VolumeRequest = {
  [T in VolumeRequestType]: { type: T; id: number } & VolumeRequests[T]['ask'];
}[VolumeRequestType];

/** Webview -> host. */
export type VolumeToHost =
  | { type: 'ready' }
  | VolumeRequest
  /** The answer is no longer wanted: the request is rejected with code `cancelled`. */
  | { type: 'cancel'; id: number }
  /** Opens the file as text or in another editor, after a failure. */
  | { type: 'reopen' }
  /** The next or previous case in this editor's place. */
  | { type: 'showCase'; step: 1 | -1; by: CaseOrder }
  /** The answer to `askCrosshair`: the voxel of the displayed grid that the crosshair is in, and the region that is drawn. */
  | { type: 'crosshair'; voxel: Vector3; region?: Region }
  /** A defect in the webview, for the log. */
  | { type: 'defect'; message: string };

/** Cases of a folder or dataset by their names, or by the Dice of the newest evaluation, worst first. */
export type CaseOrder = 'order' | 'dice';

/** A run of whole slices, along z, of the volume asked for. Slabs come in any order, cover each slice once, never overlap. */
export interface Slab {
  type: 'slab';
  /** Of the request. */
  id: number;
  voxelType: VoxelType;
  /** First slice and number of slices. */
  firstSlice: number;
  slices: number;
  data: ArrayBuffer;
  /** Slices sent so far, this slab included; their number in all is shape[2]. */
  sent: number;
}

/** Host -> webview. */
export type VolumeToWebview =
  | { type: 'document'; description: VolumeDescription; settings: VolumeSettings; labels: LabelInfo[] }
  /** Comes after `document` and before the first slab, where it is worth it. */
  | { type: 'preview'; preview: ImagePreview }
  | { type: 'segmentations'; segmentations: SegmentationInfo[] }
  /** Comes after `document` where the image is one of several cases. `index`: from 0. */
  | { type: 'cases'; index: number; total: number; by: CaseOrder; canSortByDice: boolean }
  /** The file can't be shown. `known` is what could be read of its header. */
  | { type: 'failed'; failure: Failure; known: HeaderEntry[] }
  | Slab
  | { type: 'done'; id: number; result: VolumeRequests[VolumeRequestType]['answer'] }
  | { type: 'rejected'; id: number; failure: Failure }
  /** What a command wants to be seen; overrides the state. `goTo`: first error of the difference. */
  | { type: 'open'; segmentations: string[]; layout?: VolumeLayout; goTo?: 'largestError' }
  | { type: 'settings'; settings: VolumeSettings }
  /** A box of labels, x fastest, of a mask that is being predicted; it replaces what the box held. The rest is background. */
  | {
      type: 'growing';
      /** Of the model. */
      name: string;
      labels: LabelInfo[];
      /** First voxel and size. */
      low: Vector3;
      shape: Vector3;
      voxelType: 'uint8' | 'uint16';
      data: ArrayBuffer;
    }
  /** The prediction ended: its mask's id, which was sent before, or null where there is none. */
  | { type: 'grown'; segmentation: string | null }
  /** Where is the person looking, and which region have they drawn? */
  | { type: 'askCrosshair' };
