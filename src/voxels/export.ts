/** Turns a network's logits into the label map of the original image. */
import type { Shape3 } from '../geometry/types';
import { runNative } from './load';
import type { Axes3, NativeOptions, ResamplingSettings } from './types';

/** What preprocessing remembered of the case (CASE.json). */
interface ExportProperties {
  /** Of the image, before transposition. */
  spacing: readonly number[];
  /** The others are in transposed order. */
  shape_before_cropping: readonly number[];
  bbox_used_for_cropping: readonly (readonly number[])[];
  shape_after_cropping_and_before_resampling: readonly number[];
}

interface ExportRequest {
  /** (heads, shape3): float16 bits, or float32. */
  logits: Uint16Array | Float32Array;
  heads: number;
  shape3: Readonly<Shape3>;
  /** mm, transposed; two numbers for 2D configurations. */
  configurationSpacing: readonly number[];
  properties: ExportProperties;
  transposeForward: Axes3;
  transposeBackward: Axes3;
  labels: {
    foreground?: readonly number[];
    regions?: readonly (readonly number[])[] | null;
    /** Label that is written for every region, in order; makes this a region model. */
    regionsClassOrder?: readonly number[] | null;
  };
  /** Of the configuration's resampling_fn_probabilities_kwargs. */
  resampling: ResamplingSettings;
  /** Also return softmax or sigmoid probabilities, (heads, z, y, x) in float32. */
  probabilities?: boolean;
}

export interface ExportedSegmentation {
  /** (z, y, x) of the original image; 8 bits where all labels are below 255. */
  segmentation: Uint8Array | Uint16Array;
  shape3: Shape3;
  probabilities?: Float32Array;
}

/** Peak memory beside the result does not depend on the number of heads. Source: nnU-Net 2.8 export_prediction. */
export function exportLogits(request: ExportRequest, options?: NativeOptions): Promise<ExportedSegmentation> {
  const { properties, configurationSpacing, labels } = request;
  const originalSpacing = request.transposeForward.map((axis) => properties.spacing[axis]!);
  const settings = {
    heads: request.heads,
    shape: request.shape3,
    resampledShape: properties.shape_after_cropping_and_before_resampling,
    spacing: configurationSpacing.length === 2 ? [originalSpacing[0]!, ...configurationSpacing] : configurationSpacing,
    resampledSpacing: originalSpacing,
    order: request.resampling.order,
    orderZ: request.resampling.orderZ,
    forceSeparateZ: request.resampling.forceSeparateZ,
    regionsClassOrder: labels.regionsClassOrder?.length ? labels.regionsClassOrder : null,
    fullShape: properties.shape_before_cropping,
    boxLow: properties.bbox_used_for_cropping.map(([low]) => low!),
    boxHigh: properties.bbox_used_for_cropping.map(([, high]) => high!),
    transposeBackward: request.transposeBackward,
  };
  return runNative(options, (voxels, run) =>
    voxels.exportLogits(request.logits, settings, request.probabilities ?? false, run),
  );
}
