/** Turns what the core predicted for a case into the files that nnU-Net writes: label map, probabilities, properties. */
import { rm } from 'node:fs/promises';
import { npyArray, readNpy } from '../dataset/npy';
import { writeNpz } from '../dataset/npz';
import { NumpyArray, PickleFloat, tuple, writePickle, type PickleValue } from '../engine/pickle';
import { writeFileAtomic } from '../images/atomicFile';
import { writeSegmentation } from '../images/volumes';
import type { ReaderName } from '../images/types';
import type { CaseProperties } from './preprocessCase';

export interface PredictedCase {
  /** Without ending: OUTPUT_FOLDER/CASE */
  output: string;
  fileEnding: string;
  reader: ReaderName;
  properties: CaseProperties;
  /** .npy of the core; removed when the case is written. */
  labels: string;
  probabilities: string | null;
}

export async function writePredictedCase({
  output,
  fileEnding,
  reader,
  properties,
  labels,
  probabilities,
}: PredictedCase): Promise<string> {
  const { data, shape } = await readNpy(labels);
  const file = `${output}${fileEnding}`;
  if (probabilities) {
    const { data: values, shape: probabilityShape } = await readNpy(probabilities);
    await writeNpz(`${output}.npz`, { probabilities: npyArray(values, probabilityShape) });
    await writeFileAtomic(`${output}.pkl`, writePickle(propertiesForPython(properties)));
    await rm(probabilities, { force: true });
  }
  await writeSegmentation(
    file,
    data as Uint8Array | Uint16Array,
    shape as [number, number, number],
    properties,
    reader,
  );
  await rm(labels, { force: true });
  return file;
}

/** The properties dict as nnU-Net pickles it: shapes as tuples, affines as arrays. */
export function propertiesForPython(properties: CaseProperties): PickleValue {
  const { sitk_stuff, nibabel_stuff, original_orientation } = properties;
  const entries: [string, PickleValue][] = [];
  if (sitk_stuff) {
    const { spacing, origin, direction } = sitk_stuff;
    entries.push([
      'sitk_stuff',
      dict({ spacing: floats(spacing), origin: floats(origin), direction: floats(direction) }),
    ]);
  }
  if (nibabel_stuff) {
    const { original_affine, reoriented_affine } = nibabel_stuff;
    const affines = {
      original_affine: affine(original_affine),
      ...(reoriented_affine && { reoriented_affine: affine(reoriented_affine) }),
    };
    entries.push(['nibabel_stuff', dict(affines)]);
  }
  if (original_orientation !== undefined) entries.push(['original_orientation', original_orientation]);
  entries.push(['spacing', properties.spacing.map((mm) => new PickleFloat(mm))]);
  entries.push(['shape_before_cropping', tuple(...properties.shape_before_cropping)]);
  entries.push(['bbox_used_for_cropping', properties.bbox_used_for_cropping.map((range) => [...range])]);
  entries.push([
    'shape_after_cropping_and_before_resampling',
    tuple(...properties.shape_after_cropping_and_before_resampling),
  ]);
  return new Map(entries);
}

function dict(values: Record<string, PickleValue>): PickleValue {
  return new Map(Object.entries(values));
}

function floats(values: readonly number[]): PickleValue {
  return tuple(...values.map((value) => new PickleFloat(value)));
}

function affine(rows: readonly (readonly number[])[]): NumpyArray {
  const values = Float64Array.from(rows.flat());
  return new NumpyArray('<f8', [rows.length, rows[0]!.length], new Uint8Array(values.buffer));
}
