/** Properties of a case (CASE.pkl of nnU-Net, CASE.json of ours): the same names, as a Python pickle or as plain data. */
import { readFile } from 'node:fs/promises';
import { readError } from '../storage/diskErrors';
import { NumpyArray, PickleFloat, tuple, type PickleValue } from '../engine/pickleValues';
import { readPickle } from '../engine/pickle';
import { writePickle } from '../engine/pickleWriter';
import type { ImageProperties } from '../images/types';
import { DatasetError, NnunetError } from '../method/errors';
import { isNumberList, isObject } from '../method/jsonShape';
import { elementCount, npyArray, parseDescription, toArray, type NpyArray } from './npy';

/** nnU-Net's names. Shapes and boxes in transposed order, `spacing` in the order of the image file (z, y, x). */
export interface CaseProperties extends ImageProperties {
  shape_before_cropping: [number, number, number];
  /** Per axis the first voxel and the one after the last. */
  bbox_used_for_cropping: [lower: number, upper: number][];
  shape_after_cropping_and_before_resampling: [number, number, number];
}

/**
 * Reads CASE.pkl.
 * @param requests  the label sets whose voxels are wanted, in order (`LabelManager.locationRequests()`)
 * @returns locations int32 (N, 4), rows (request index, z, y, x) in the preprocessed case; undefined if the pickle has none
 */
export async function readCasePickle(
  file: string,
  requests: readonly (readonly number[])[] = [],
): Promise<{ properties: CaseProperties; locations: NpyArray<Int32Array> | undefined }> {
  try {
    const value = readPickle(await readFile(file));
    if (!(value instanceof Map)) throw invalid(file, 'it holds no dictionary');
    const classLocations = value.get('class_locations');
    return {
      properties: checked(plain(new Map([...value].filter(([key]) => key !== 'class_locations'))), file),
      locations: classLocations instanceof Map ? locationRows(classLocations, requests, file) : undefined,
    };
  } catch (error) {
    if (error instanceof NnunetError && !error.where) {
      throw new DatasetError(error.code, error.message, { where: file, hint: error.hint, cause: error });
    }
    throw readError(error, file);
  }
}

/**
 * The pickle that nnU-Net writes for a case.
 * @param locations  rows (request index, z, y, x), of training cases
 */
export function casePickle(
  properties: CaseProperties,
  locations?: NpyArray<Int32Array>,
  requests: readonly (readonly number[])[] = [],
): Buffer {
  const { sitk_stuff, nibabel_stuff, original_orientation } = properties;
  const entries: [PickleValue, PickleValue][] = [];
  if (sitk_stuff) {
    const { spacing, origin, direction } = sitk_stuff;
    entries.push([
      'sitk_stuff',
      dictionary({ spacing: floats(spacing), origin: floats(origin), direction: floats(direction) }),
    ]);
  }
  if (nibabel_stuff) {
    // nnU-Net has no place for a unit; its readers know none.
    const { unit_mm: _unit, ...affines } = nibabel_stuff;
    const pickled = Object.entries(affines).map(([name, rows]): [string, PickleValue] => [name, affine(rows)]);
    entries.push(['nibabel_stuff', new Map(pickled)]);
  }
  if (original_orientation !== undefined) entries.push(['original_orientation', original_orientation]);
  entries.push(
    ['spacing', properties.spacing.map((mm) => new PickleFloat(mm))],
    ['shape_before_cropping', tuple(...properties.shape_before_cropping)],
    ['bbox_used_for_cropping', properties.bbox_used_for_cropping.map((range) => [...range])],
    ['shape_after_cropping_and_before_resampling', tuple(...properties.shape_after_cropping_and_before_resampling)],
  );
  if (locations) entries.push(['class_locations', classLocations(locations, requests)]);
  return writePickle(new Map(entries));
}

function invalid(file: string, what: string): DatasetError {
  return new DatasetError('properties-invalid', `The properties of the case can't be used: ${what}`, {
    where: file,
    hint: 'Run the preprocessing again.',
  });
}

/** Arrays become nested lists, dictionaries objects. */
function plain(value: PickleValue): unknown {
  if (value instanceof NumpyArray) return nested(Array.from(numbers(value), Number), value.shape);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [String(key), plain(item)]));
  if (Array.isArray(value)) return Array.from(value, plain);
  return typeof value === 'bigint' ? Number(value) : value;
}

function nested(values: readonly number[], shape: readonly number[]): unknown {
  if (shape.length <= 1) return shape.length === 0 ? values[0] : values;
  const step = elementCount(shape.slice(1));
  return Array.from({ length: shape[0]! }, (_, row) =>
    nested(values.slice(row * step, (row + 1) * step), shape.slice(1)),
  );
}

function numbers(array: NumpyArray): NpyArray['data'] {
  const { dtype, bigEndian } = parseDescription(array.description)!;
  return toArray({ dtype, bigEndian, shape: array.shape, fortranOrder: array.fortranOrder }, array.bytes).data;
}

function checked(value: unknown, file: string): CaseProperties {
  if (!isObject(value)) throw invalid(file, 'it holds no dictionary');
  for (const key of ['spacing', 'shape_before_cropping', 'shape_after_cropping_and_before_resampling']) {
    if (!isNumberList(value[key], 3)) throw invalid(file, `${key} must be three numbers`);
  }
  const box = value.bbox_used_for_cropping;
  if (!Array.isArray(box) || box.length !== 3 || !box.every((range) => isNumberList(range, 2))) {
    throw invalid(file, 'bbox_used_for_cropping must be three ranges');
  }
  return value as unknown as CaseProperties;
}

/** Keys are labels, or tuples of labels for regions; values int64 (N, 4) rows (0, z, y, x), or an empty list. */
function locationRows(
  found: ReadonlyMap<PickleValue, PickleValue>,
  requests: readonly (readonly number[])[],
  file: string,
): NpyArray<Int32Array> {
  const byKey = new Map([...found].map(([key, voxels]) => [Array.isArray(key) ? key.join() : String(key), voxels]));
  const rows: number[] = [];
  for (const [index, request] of requests.entries()) {
    const voxels = byKey.get(request.join());
    if (!(voxels instanceof NumpyArray)) continue;
    if (voxels.shape.length !== 2 || voxels.shape[1] !== 4)
      throw invalid(file, 'class_locations must have four columns');
    const values = numbers(voxels);
    for (let at = 0; at < values.length; at += 4) {
      rows.push(index, Number(values[at + 1]), Number(values[at + 2]), Number(values[at + 3]));
    }
  }
  return npyArray(Int32Array.from(rows), [rows.length / 4, 4]);
}

function classLocations({ data }: NpyArray<Int32Array>, requests: readonly (readonly number[])[]): PickleValue {
  const rows = requests.map((): bigint[] => []);
  for (let at = 0; at < data.length; at += 4) {
    rows[data[at]!]!.push(0n, BigInt(data[at + 1]!), BigInt(data[at + 2]!), BigInt(data[at + 3]!));
  }
  return new Map(
    requests.map((request, index): [PickleValue, PickleValue] => {
      const values = BigInt64Array.from(rows[index]!);
      const voxels = new NumpyArray('<i8', [values.length / 4, 4], new Uint8Array(values.buffer));
      return [request.length === 1 ? request[0]! : tuple(...request), values.length > 0 ? voxels : []];
    }),
  );
}

function dictionary(values: Record<string, PickleValue>): PickleValue {
  return new Map(Object.entries(values));
}

function floats(values: readonly number[]): PickleValue {
  return tuple(...values.map((value) => new PickleFloat(value)));
}

function affine(rows: readonly (readonly number[])[]): NumpyArray {
  const values = Float64Array.from(rows.flat());
  return new NumpyArray('<f8', [rows.length, rows[0]!.length], new Uint8Array(values.buffer));
}
