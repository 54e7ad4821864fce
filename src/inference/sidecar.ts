/** MODEL.onnx.json: how images are prepared for a model that another program made, and what its output means (docs/onnx.md). */
import { readFile } from 'node:fs/promises';
import { parseJson } from '../method/jsonReader';
import { isNumberList, isObject, isWholeNumber, show, type JsonObject } from '../method/jsonShape';
import { InferenceError } from './inferenceError';

export interface IntensityScaling {
  /** min-max: to 0 … 1; quantile: the same between two quantiles; z-score: mean 0, deviation 1; fixed: (value - offset) / divisor */
  method: 'none' | 'min-max' | 'quantile' | 'z-score' | 'fixed';
  /** Two shares, for `quantile`. */
  quantiles: [number, number];
  /** Statistics over voxels above 0 only. */
  foregroundOnly: boolean;
  /** Values beyond are set to the ends, before everything else. */
  clip?: [number, number];
  offset: number;
  divisor: number;
}

export interface Sidecar {
  /** Shown to people. */
  name?: string;
  description?: string;
  licence?: string;
  author?: string;
  /** Names of the graph's tensors; by default its only ones. */
  input?: string;
  output?: string;
  /** Image channels. */
  channels: number;
  /** Order of the tensor's spatial axes, slowest first. */
  layout: 'zyx' | 'xyz';
  /** Where the image's x, y and z axes must run, like "RAS"; absent: as stored. */
  orientation?: string;
  /** mm, x, y, z; absent: as stored. */
  spacing?: [number, number, number];
  /** Voxels of the whole volume that goes through the model at once, x, y, z: images are cut or padded to it. */
  shape?: [number, number, number];
  /** Voxels of the tiles that go through the model, x, y, z. */
  patch?: [number, number, number];
  intensity: IntensityScaling;
  /** Name of each value of the label map. */
  labels: Record<string, number>;
  /** argmax: one output channel for each label; sigmoid: one for each label but the background, label where above 0.5;
   * labels: the label map itself. */
  decide: 'argmax' | 'sigmoid' | 'labels';
}

export const sidecarOf = (model: string): string => `${model}.json`;

/** Volumes beyond this are a mistake in the file. */
const mostVoxels = 2 ** 29;

/**
 * @returns undefined where there is no such file
 * @throws JsonError; InferenceError `sidecar-invalid`
 */
export async function readSidecar(model: string): Promise<Sidecar | undefined> {
  const file = sidecarOf(model);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : checkedSidecar(parseJson(text, file), file);
}

const known = new Set(
  'name description licence author input output channels layout orientation spacing shape patch intensity labels decide'.split(
    ' ',
  ),
);

export function checkedSidecar(value: unknown, file: string): Sidecar {
  if (!isObject(value)) throw invalid(file, 'The file must hold a JSON object');
  const unknown = Object.keys(value).find((key) => !known.has(key));
  if (unknown) throw invalid(file, `"${unknown}" is no key of it; known are ${[...known].join(', ')}`);
  for (const key of ['name', 'description', 'licence', 'author', 'input', 'output']) {
    require(value[key] === undefined || typeof value[key] === 'string', key, 'text');
  }
  const { channels = 1, layout = 'zyx', decide = 'argmax', orientation, spacing, shape, patch, labels } = value;
  require(isWholeNumber(channels) && channels > 0 && channels <= 64, 'channels', 'a whole number from 1 to 64');
  require(layout === 'zyx' || layout === 'xyz', 'layout', '"zyx" or "xyz"');
  require(decide === 'argmax' ||
    decide === 'sigmoid' ||
    decide === 'labels', 'decide', '"argmax", "sigmoid" or "labels"');
  require(orientation === undefined || isOrientation(orientation), 'orientation', 'three letters like "RAS"');
  require(spacing === undefined ||
    (isNumberList(spacing, 3) && spacing.every((mm) => mm > 0)), 'spacing', 'three numbers above 0');
  require(shape === undefined || isSize(shape), 'shape', 'three whole numbers of voxels');
  require(patch === undefined || isSize(patch), 'patch', 'three whole numbers of voxels');
  if ((shape === undefined) === (patch === undefined)) {
    throw invalid(file, 'Either shape (the whole volume at once) or patch (tiles) must be given, and not both');
  }
  require(isLabels(labels), 'labels', 'names with whole numbers from 0 to 32767, like {"background": 0, "lesion": 1}');
  return {
    ...value,
    channels,
    layout,
    decide,
    intensity: checkedIntensity(value.intensity, file),
  } as unknown as Sidecar;

  function require(holds: boolean, key: string, expected: string): void {
    if (!holds) throw invalid(file, `${key} must be ${expected}, but it is ${show((value as JsonObject)[key])}`);
  }
}

const intensityMethods = ['none', 'min-max', 'quantile', 'z-score', 'fixed'];

function checkedIntensity(value: unknown, file: string): IntensityScaling {
  const given = value === undefined ? {} : value;
  if (!isObject(given)) throw invalid(file, `intensity must be an object, but it is ${show(value)}`);
  const { method = 'none', quantiles = [0.02, 0.98], foregroundOnly = false, clip, offset = 0, divisor = 1 } = given;
  const holds =
    intensityMethods.includes(method as string) &&
    isNumberList(quantiles, 2) &&
    quantiles[0]! >= 0 &&
    quantiles[0]! < quantiles[1]! &&
    quantiles[1]! <= 1 &&
    typeof foregroundOnly === 'boolean' &&
    (clip === undefined || (isNumberList(clip, 2) && clip[0]! < clip[1]!)) &&
    Number.isFinite(offset) &&
    Number.isFinite(divisor) &&
    divisor !== 0;
  if (!holds) {
    throw invalid(
      file,
      `intensity can't be used: method is one of ${intensityMethods.join(', ')}; quantiles and clip are two ascending numbers; offset and divisor are numbers`,
    );
  }
  return { method, quantiles, foregroundOnly, clip, offset, divisor } as IntensityScaling;
}

function isOrientation(value: unknown): boolean {
  return typeof value === 'string' && /^(?=.*[RL])(?=.*[AP])(?=.*[SI])[RLAPSI]{3}$/.test(value);
}

function isSize(value: unknown): boolean {
  if (!isNumberList(value, 3) || !value.every((size) => isWholeNumber(size) && size > 0)) return false;
  return value.reduce((product, size) => product * size, 1) <= mostVoxels;
}

function isLabels(value: unknown): boolean {
  if (!isObject(value)) return false;
  const values = Object.values(value);
  return (
    values.length > 1 &&
    values.every((label) => isWholeNumber(label) && label >= 0 && label < 32768) &&
    values.includes(0)
  );
}

function invalid(file: string, message: string): InferenceError {
  return new InferenceError('sidecar-invalid', message, { where: file, hint: 'docs/onnx.md describes the file.' });
}
