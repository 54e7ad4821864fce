/** The addon's own face (core/addon): what `load.ts` loads. Only this folder calls it. */
import type { IntensityProperties } from '../method/normalization';

/** Stops jobs: made by `newCancellation`, triggered by `cancel`. */
type Cancellation = object;

export interface NativeRun {
  threads?: number;
  cancellation?: Cancellation;
}

export interface NativeSample {
  values: Float32Array;
  draws: number;
  generator: Uint32Array | null;
}

interface NativeChannel {
  scheme: string;
  useMask: boolean;
  properties?: IntensityProperties;
}

interface NativeExport {
  heads: number;
  shape: readonly number[];
  resampledShape: readonly number[];
  spacing: readonly number[];
  resampledSpacing: readonly number[];
  order: number;
  orderZ: number;
  forceSeparateZ: boolean | null;
  regionsClassOrder: readonly number[] | null;
  fullShape: readonly number[];
  boxLow: readonly number[];
  boxHigh: readonly number[];
  transposeBackward: readonly number[];
}

export interface NativeSurfaceMetrics {
  percentileDistance: number;
  hausdorffDistance: number;
  referenceToPrediction: number;
  predictionToReference: number;
  averageDistance: number;
  surfaceDice: number;
  referenceArea: number;
  predictionArea: number;
}

export interface NativeAccumulator {
  add(tileLogits: Float32Array, start: readonly number[], run: NativeRun): Promise<void>;
  finish(low: readonly number[], shape: readonly number[], run: NativeRun): Promise<Uint16Array>;
}

type Numbers = readonly number[];
type Resample<T> = (
  data: T,
  shape4: Numbers,
  newShape3: Numbers,
  spacing3: Numbers,
  newSpacing3: Numbers,
  settings: { order: number; orderZ: number; forceSeparateZ: boolean | null },
  run: NativeRun,
) => Promise<T>;

export interface NativeVoxels {
  newCancellation(): Cancellation;
  cancel(cancellation: Cancellation): void;

  cropToNonzero(
    data: Float32Array,
    shape4: Numbers,
    segmentation: Int16Array | null,
    run: NativeRun,
  ): Promise<{
    data: Float32Array;
    segmentation: Int16Array;
    shape: [number, number, number, number];
    bbox: [[number, number], [number, number], [number, number]];
  }>;
  transposeVolume(
    from: ArrayBufferView,
    to: ArrayBufferView,
    shape4: Numbers,
    axes: Numbers,
    run: NativeRun,
  ): Promise<void>;
  normalize(
    data: Float32Array,
    shape4: Numbers,
    segmentation: Int16Array | null,
    channels: readonly NativeChannel[],
    transposeForward: Numbers | null,
    run: NativeRun,
  ): Promise<void>;
  resampleImage: Resample<Float32Array>;
  resampleLogits: Resample<Uint16Array>;
  resampleLabels: Resample<Int16Array>;

  sampleForeground(
    data: Float32Array,
    shape4: Numbers,
    segmentation: Int16Array,
    draws: number,
    run: NativeRun,
  ): Promise<NativeSample[]>;
  intensityStatistics(samples: readonly NativeSample[], run: NativeRun): Promise<IntensityProperties>;
  classLocations(
    segmentation: Int16Array,
    shape3: Numbers,
    requests: readonly Numbers[],
    run: NativeRun,
  ): Promise<{ rows: Int32Array; counts: number[] }>;

  windowStarts(size: number, patch: number, step: number): number[];
  gaussianImportance(patch: Numbers): Float32Array;
  padToPatch(
    shape3: Numbers,
    patch3: Numbers,
    dims: number,
  ): { padded: [number, number, number]; low: [number, number, number] };
  WindowAccumulator: new (
    heads: number,
    shape3: Numbers,
    patch3: Numbers,
    weight: Float32Array | null,
  ) => NativeAccumulator;
  addFold(sum: Uint16Array, fold: Uint16Array, run: NativeRun): Promise<void>;
  divideByFolds(sum: Uint16Array, folds: number, run: NativeRun): Promise<void>;
  halfToFloat(bits: Uint16Array, out: Float32Array): void;
  floatToHalf(values: Float32Array, out: Uint16Array): void;
  exportLogits(
    logits: Uint16Array | Float32Array,
    settings: NativeExport,
    probabilities: boolean,
    run: NativeRun,
  ): Promise<{
    segmentation: Uint8Array | Uint16Array;
    shape3: [number, number, number];
    probabilities?: Float32Array;
  }>;

  labelValues(
    labels: ArrayBufferView,
    run: NativeRun,
  ): Promise<{ values: number[]; nonInteger: boolean; nonFinite: boolean }>;
  confusionCounts(
    reference: ArrayBufferView,
    prediction: ArrayBufferView,
    classes: readonly Numbers[],
    ignoreLabel: number | null,
    run: NativeRun,
  ): Promise<{ tp: number; fp: number; fn: number; tn: number }[]>;
  surfaceMetrics(
    reference: ArrayBufferView,
    prediction: ArrayBufferView,
    shape3: Numbers,
    spacing3: Numbers,
    classes: readonly Numbers[],
    ignoreLabel: number | null,
    settings: { percentile: number; tolerances: Numbers },
    run: NativeRun,
  ): Promise<NativeSurfaceMetrics[]>;
  connectedComponents(
    mask: Uint8Array,
    shape3: Numbers,
    fullConnectivity: boolean,
    run: NativeRun,
  ): Promise<{ labels: Int32Array; sizes: number[] }>;
  keepLargestComponent(
    segmentation: ArrayBufferView,
    shape3: Numbers,
    labels: Numbers,
    run: NativeRun,
  ): Promise<number>;

  writeFiles(
    files: readonly { path: string; parts: readonly ArrayBufferView[] }[],
    run: NativeRun,
  ): Promise<{ path: string; code: string; message: string } | null>;
}
