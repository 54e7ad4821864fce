/** About how much memory will a prediction take, before it has its turn? By its largest file and the network: not every image is looked at. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileNamesIn } from '../../dataset/rawDataset';
import { locateCore } from '../../engine/locate';
import { imageEndings, splitEnding } from '../../images/endings';
import { readHeader } from '../../images/header';
import { spacingAsRead } from '../../images/readers';
import { NnunetError } from '../../method/errors';
import { isDiskError } from '../../storage/diskErrors';
import { mapConcurrently } from '../../storage/mapConcurrently';
import { checkpointsOf, readModel, type Model } from '../modelFolder';
import { inferenceBytes, onnxRuntimeBytes, predictionBytes } from '../resources';
import { describeModel, isOnnxFile } from './predictModel';

interface Asked {
  /** A folder of images, or image files. */
  input: readonly string[];
  /** A model folder, or .onnx files. */
  models: readonly string[];
  folds?: readonly unknown[];
  engine?: 'native' | 'onnx';
}

/** @returns undefined where nothing tells: what is wrong with model or images is said when they are used */
export async function foreseenMemory(asked: Asked): Promise<number | undefined> {
  try {
    const network = await networkOf(asked);
    const image = network && (await largestFile(asked.input));
    if (!image) return undefined;
    const header = await readHeader(image);
    const spacing = spacingAsRead(header, network.model.plans.image_reader_writer);
    return predictionBytes({ shape: header.shape, spacing }, network.model, network.bytes);
  } catch (error) {
    if (error instanceof NnunetError || isDiskError(error)) return undefined;
    throw error;
  }
}

/** @returns its memory absent where the native engine has it */
async function networkOf({ models, folds, engine }: Asked): Promise<{ model: Model; bytes?: number } | undefined> {
  const [first = ''] = models;
  const inOnnxRuntime = (model: Model, count: number) => ({
    model,
    bytes: onnxRuntimeBytes + count * inferenceBytes(model),
  });
  if (isOnnxFile(first)) {
    const described = await describeModel(models);
    return described.kind === 'nnunet' ? inOnnxRuntime(described.model, models.length) : undefined;
  }
  const model = await readModel(first);
  if (engine !== 'onnx' && hasCore()) return { model };
  return inOnnxRuntime(model, folds?.length ?? (await checkpointsOf(first, undefined)).length);
}

function hasCore(): boolean {
  try {
    locateCore();
    return true;
  } catch (error) {
    if (error instanceof NnunetError) return false;
    throw error;
  }
}

async function largestFile(input: readonly string[]): Promise<string | undefined> {
  const files: string[] = [];
  for (const path of input) {
    if ((await stat(path)).isDirectory()) files.push(...(await fileNamesIn(path)).map((name) => join(path, name)));
    else files.push(path);
  }
  const images = files.filter((file) => imageEndings.includes(splitEnding(file).ending.toLowerCase()));
  const sizes = await mapConcurrently(images, 16, async (file) => (await stat(file)).size);
  return images[sizes.indexOf(Math.max(...sizes))];
}
