/** Runs ITK (WebAssembly, @itk-wasm/image-io) in worker threads: reading never blocks this thread, and what ITK prints stays out of our output. */
import { realpath } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { VoxelArray } from '../geometry/types';
import type { FileFormat } from './endings';
import { ImageError } from '../method/errors';

/** An image as ITK exchanges it: samples of a voxel side by side, axes (x, y, z). */
export interface ItkImage {
  imageType: { dimension: number; componentType: string; pixelType: string; components: number };
  name: string;
  origin: number[];
  spacing: number[];
  /** Row by row. */
  direction: Float64Array;
  size: number[];
  data: VoxelArray | BigInt64Array | BigUint64Array;
}

/** Each has WebAssembly of its own: tools/package/stage.mjs reads their names here. */
export type ItkFormat = Extract<FileFormat, 'nrrd' | 'meta' | 'gipl' | 'tiff' | 'png' | 'bmp' | 'jpeg'> | 'gdcm';
type Request =
  | { operation: 'read'; format: ItkFormat; file: string; informationOnly: boolean }
  | { operation: 'write'; format: ItkFormat; file: string; image: ItkImage; compress: boolean };
type Reply = { image?: ItkImage; error?: string };

/** The worker's program. It is kept as text, because the bundle has no second file; modules are imported by URL. */
const program = `
const { parentPort, workerData } = require('node:worker_threads');
const swallow = (chunk, encoding, done) => {
  const callback = typeof encoding === 'function' ? encoding : done;
  if (callback) callback();
  return true;
};
process.stdout.write = swallow;
process.stderr.write = swallow;
const io = import(workerData.module);
async function answer({ operation, format, file, informationOnly, image, compress }) {
  const module = await io;
  if (operation === 'read') {
    const { couldRead, image } = await module[format + 'ReadImageNode'](file, { informationOnly });
    if (!couldRead || !image) return { error: 'not readable' };
    const { imageType, name, origin, spacing, direction, size, data } = image;
    return { image: { imageType, name, origin, spacing, direction, size, data } };
  }
  const reply = await module[format + 'WriteImageNode'](image, file, { useCompression: compress });
  return reply.couldWrite === false ? { error: 'not writable' } : {};
}
parentPort.on('message', (request) => {
  answer(request).then(
    (reply) => parentPort.postMessage(reply),
    (error) => parentPort.postMessage({ error: String(error && error.message || error || 'unknown error') }),
  );
});
`;

interface Helper {
  worker: Worker;
  settle?: { resolve: (reply: Reply) => void; reject: (error: Error) => void };
}

const mostHelpers = Math.max(1, Math.min(4, availableParallelism()));
const helpers: Helper[] = [];
const waiting: ((helper: Helper) => void)[] = [];

function startHelper(): Helper {
  const module = pathToFileURL(require.resolve('@itk-wasm/image-io')).href;
  const worker = new Worker(program, { eval: true, workerData: { module } });
  worker.unref();
  const helper: Helper = { worker };
  helpers.push(helper);
  const fail = (error: Error): void => {
    const index = helpers.indexOf(helper);
    if (index >= 0) helpers.splice(index, 1);
    helper.settle?.reject(error);
    helper.settle = undefined;
    const next = waiting.shift();
    if (next) next(startHelper());
  };
  worker.on('message', (reply: Reply) => {
    const settle = helper.settle;
    helper.settle = undefined;
    const next = waiting.shift();
    if (next) next(helper);
    else worker.unref();
    settle?.resolve(reply);
  });
  worker.on('error', fail);
  worker.on('exit', (code) => fail(new Error(`the ITK worker ended with code ${code}`)));
  return helper;
}

function use(helper: Helper, request: Request): Promise<Reply> {
  helper.worker.ref();
  return new Promise((resolve, reject) => {
    helper.settle = { resolve, reject };
    helper.worker.postMessage(request);
  });
}

async function send(request: Request): Promise<Reply> {
  const idle = helpers.find((helper) => !helper.settle);
  if (idle) return use(idle, request);
  if (helpers.length < mostHelpers) return use(startHelper(), request);
  return new Promise((resolve, reject) => {
    waiting.push((helper) => {
      use(helper, request).then(resolve, reject);
    });
  });
}

/** ITK sees the file's folder alone, and no link leads out of it. A name without the ending would not tell it the format. */
async function withoutLinks(file: string): Promise<string> {
  const real = await realpath(file).catch(() => file);
  return extname(real).toLowerCase() === extname(file).toLowerCase() ? real : file;
}

/** Reads one file with ITK. `informationOnly`: without voxels. */
export async function itkRead(file: string, format: ItkFormat, informationOnly: boolean): Promise<ItkImage> {
  const reached = await withoutLinks(file);
  const { image, error } = await send({ operation: 'read', format, file: reached, informationOnly }).catch(crashed);
  if (image) return image;
  throw new ImageError('not-an-image', `ITK can't read this as ${format.toUpperCase()}`, {
    where: file,
    hint: 'Check that the file is complete, that its ending fits its content, and that its compression is raw or gzip.',
    cause: error,
  });
}

/** Writes one file with ITK; the caller makes it atomic. */
export async function itkWrite(file: string, format: ItkFormat, image: ItkImage, compress: boolean): Promise<void> {
  const { error } = await send({ operation: 'write', format, file, image, compress }).catch(crashed);
  if (error)
    throw new ImageError('not-writable', `ITK can't write this volume as ${format.toUpperCase()}`, {
      where: file,
      cause: error,
    });
}

function crashed(error: unknown): Reply {
  return { error: error instanceof Error ? error.message : String(error) };
}
