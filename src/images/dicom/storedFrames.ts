/** Reads the stored values of DICOM frames: plain ones here, compressed ones through GDCM (ITK), repacked without anything about a patient. */
import { open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDicom, type Element } from 'dicom-parser';
import type { VoxelArray } from '../../geometry/types';
import { ImageError } from '../../method/errors';
import { makeScratch } from '../../storage/scratch';
import { readError } from '../imageBytes';
import { itkRead } from '../itkWorker';
import { typedVoxels } from '../storedVoxels';
import { openDicom, type DicomFile } from './dicomFile';
import { encodeDicom, type DicomItem } from './elements';
import type { ImageFacts } from './imageFacts';
import { nameOfTransferSyntax, transferSyntaxOf } from './transferSyntaxes';

/** Frames that are decoded in one go: WebAssembly has two gigabytes. */
const batchBytes = 2 ** 27;

/** What is not read at all is refused before anything is. @throws ImageError `unsupported-compression`, `unsupported-type` */
export function requireReadable(image: ImageFacts): void {
  const { file, transferSyntax, samples, bitsAllocated, photometric } = image;
  if (!transferSyntaxOf(transferSyntax)) {
    throw new ImageError(
      'unsupported-compression',
      `The voxels are stored as ${nameOfTransferSyntax(transferSyntax)}, which can't be read`,
      {
        where: file,
        hint: 'Convert the series first, for example with gdcmconv --raw or dcmconv.',
      },
    );
  }
  if (samples !== 1 || (photometric === 'PALETTE COLOR' && image.modality !== 'SEG')) {
    throw new ImageError(
      'unsupported-type',
      `This DICOM image is in colours (${photometric || `${samples} samples a voxel`})`,
      {
        where: file,
        hint: 'Only grey values of scanners (CT, MR, PET …) make a volume: leave the series out.',
      },
    );
  }
  if (image.isMosaic) {
    throw new ImageError(
      'unsupported-type',
      'This is a Siemens mosaic: the slices of a volume lie side by side in one picture',
      {
        where: file,
        hint: 'Convert the series with dcm2niix first.',
      },
    );
  }
  if (bitsAllocated === 1) {
    throw new ImageError('unsupported-type', 'This is a DICOM SEG: masks that belong to a series', {
      where: file,
      hint: 'Import the folder that holds it and its series.',
    });
  }
  if (![8, 16, 32, 64].includes(bitsAllocated)) {
    throw new ImageError('unsupported-type', `This DICOM image has ${bitsAllocated} bits a voxel`, {
      where: file,
      hint: 'Voxels of 8, 16 or 32 bits can be read.',
    });
  }
}

/**
 * Stored values of all frames of each image, before rescaling, image by image.
 * @param images  of one series, stored alike
 */
export async function storedFrames(
  images: readonly ImageFacts[],
  signal?: AbortSignal,
): Promise<Map<ImageFacts, VoxelArray>> {
  const found = new Map<ImageFacts, VoxelArray>();
  let batch: { image: ImageFacts; fragments: Buffer[] }[] = [];
  const flush = async (): Promise<void> => {
    for (const [image, voxels] of await decompress(batch)) found.set(image, voxels);
    batch = [];
  };
  for (const image of images) {
    signal?.throwIfAborted();
    requireReadable(image);
    if (!transferSyntaxOf(image.transferSyntax)!.isCompressed) {
      found.set(image, await plainFrames(image));
      continue;
    }
    const alike = batch[0]?.image;
    const bytes = [...batch.map((one) => one.image), image].reduce((sum, one) => sum + bytesOf(one), 0);
    if (alike && (storedAs(alike) !== storedAs(image) || bytes > batchBytes)) await flush();
    batch.push({ image, fragments: await compressedFrames(image) });
  }
  if (batch.length > 0) await flush();
  return found;
}

const bytesOf = (image: ImageFacts): number => (voxelsOf(image) * image.bitsAllocated) / 8;
const voxelsOf = ({ rows, columns, frames }: ImageFacts): number => rows * columns * frames.length;

function storedAs(image: ImageFacts): string {
  const { transferSyntax, rows, columns, bitsAllocated, bitsStored, highBit, isSigned } = image;
  return [transferSyntax, rows, columns, bitsAllocated, bitsStored, highBit, isSigned].join();
}

async function plainFrames(image: ImageFacts): Promise<VoxelArray> {
  const opened = await openDicom(image.file);
  const { isFloat } = voxelElement(opened, image);
  const bytes = await readVoxelBytes(image, bytesOf(image), opened);
  const isBigEndian = transferSyntaxOf(image.transferSyntax)!.isBigEndian === true && image.bitsAllocated > 8;
  const type = isFloat ? 'float' : image.isSigned ? 'int' : 'uint';
  const voxels = typedVoxels(bytes, `${type}${image.bitsAllocated}` as 'int16', isBigEndian ? 'big' : 'little');
  return isFloat ? voxels : usedBits(voxels, image);
}

/** Of a file that is not compressed, as they are stored. @throws ImageError `truncated-file` */
export async function readVoxelBytes(image: ImageFacts, length: number, opened?: DicomFile): Promise<Buffer> {
  const file = opened ?? (await openDicom(image.file));
  const { element } = voxelElement(file, image);
  const bytes = file.inflated
    ? Buffer.from(file.inflated.subarray(element.dataOffset, element.dataOffset + length))
    : await readRange(image.file, element.dataOffset, length);
  if (bytes.length < length || (element.length !== 0xffffffff && element.length < length)) throw truncated(image);
  return bytes;
}

function voxelElement({ item }: DicomFile, image: ImageFacts): { element: Element; isFloat: boolean } {
  const float = item.elements.x7fe00008 ?? item.elements.x7fe00009;
  const element = float ?? item.elements.x7fe00010;
  if (!element) throw truncated(image);
  return { element, isFloat: float !== undefined };
}

/** Bits beyond those in use may hold an overlay; the sign stands in the highest one that is. */
function usedBits(voxels: VoxelArray, { bitsAllocated, bitsStored, highBit, isSigned }: ImageFacts): VoxelArray {
  const unused = bitsAllocated - bitsStored;
  const low = Math.max(0, highBit - bitsStored + 1);
  if (unused <= 0 || bitsAllocated > 32) return voxels;
  const left = 32 - bitsStored - low;
  if (isSigned)
    for (let i = 0; i < voxels.length; i++) voxels[i] = ((voxels[i] as number) << left) >> (32 - bitsStored);
  else for (let i = 0; i < voxels.length; i++) voxels[i] = ((voxels[i] as number) << left) >>> (32 - bitsStored);
  return voxels;
}

async function readRange(file: string, start: number, length: number): Promise<Buffer> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw readError(error, file);
  });
  try {
    const bytes = Buffer.from(new ArrayBuffer(length));
    let done = 0;
    while (done < length) {
      const { bytesRead } = await handle.read(bytes, done, length - done, start + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  } catch (error) {
    throw readError(error, file);
  } finally {
    await handle.close();
  }
}

/** One stream a frame; fragments are joined. */
async function compressedFrames(image: ImageFacts): Promise<Buffer[]> {
  const { size } = await statOf(image.file);
  const bytes = await readRange(image.file, 0, size);
  let element: Element | undefined;
  try {
    element = parseDicom(bytes).elements.x7fe00010;
  } catch {
    throw truncated(image);
  }
  const fragments = element?.fragments ?? [];
  const streams = fragments.map(({ position, length }) => bytes.subarray(position, position + length));
  const count = image.frames.length;
  if (element?.fragments === undefined || streams.length < count) throw truncated(image);
  if (count === 1) return [Buffer.concat(streams)];
  if (streams.length === count) return streams;
  const starts = element.basicOffsetTable ?? [];
  if (starts.length !== count) {
    throw new ImageError(
      'unsupported-compression',
      'The compressed frames of this image lie in pieces without a table of them',
      {
        where: image.file,
        hint: 'Convert it first, for example with gdcmconv --raw.',
      },
    );
  }
  return starts.map((start, i) => {
    const end = starts[i + 1] ?? Infinity;
    return Buffer.concat(streams.filter((_, k) => fragments[k]!.offset >= start && fragments[k]!.offset < end));
  });
}

async function statOf(file: string): Promise<{ size: number }> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw readError(error, file);
  });
  return handle.stat().finally(() => handle.close());
}

/** GDCM sees one image of all frames, which says nothing but how its voxels are stored. */
async function decompress(
  batch: readonly { image: ImageFacts; fragments: Buffer[] }[],
): Promise<[ImageFacts, VoxelArray][]> {
  const [first] = batch as [(typeof batch)[number], ...(typeof batch)[number][]];
  const { image } = first;
  const fragments = batch.flatMap((one) => one.fragments);
  const folder = await makeScratch('images');
  try {
    const file = join(folder, 'frames.dcm');
    await writeFile(file, encodeDicom(carrier(image, fragments), image.transferSyntax));
    const { data } = await itkRead(file, 'gdcm', false).catch(() => {
      throw damagedVoxels(image);
    });
    const length = image.rows * image.columns;
    if (data instanceof BigInt64Array || data instanceof BigUint64Array || data.length !== length * fragments.length)
      throw damagedVoxels(image);
    let at = 0;
    return batch.map((one): [ImageFacts, VoxelArray] => {
      const count = length * one.fragments.length;
      at += count;
      return [one.image, data.subarray(at - count, at)];
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function carrier(image: ImageFacts, fragments: readonly Buffer[]): DicomItem {
  const words = (value: number) => ({ vr: 'US', value }) as const;
  return {
    '00080016': { vr: 'UI', value: '1.2.840.10008.5.1.4.1.1.7.3' },
    '00080018': { vr: 'UI', value: '2.25.1' },
    '00080060': { vr: 'CS', value: 'OT' },
    '0020000d': { vr: 'UI', value: '2.25.2' },
    '0020000e': { vr: 'UI', value: '2.25.3' },
    '00280002': words(1),
    '00280004': { vr: 'CS', value: 'MONOCHROME2' },
    '00280008': { vr: 'IS', value: String(fragments.length) },
    '00280010': words(image.rows),
    '00280011': words(image.columns),
    '00280100': words(image.bitsAllocated),
    '00280101': words(image.bitsStored),
    '00280102': words(image.highBit),
    '00280103': words(image.isSigned ? 1 : 0),
    '7fe00010': { vr: 'encapsulated', value: fragments },
  };
}

function truncated({ file }: ImageFacts): ImageError {
  return new ImageError('truncated-file', 'The file ends before its last voxel', {
    where: file,
    hint: 'It was probably not copied or downloaded completely: get it again.',
  });
}

function damagedVoxels({ file, transferSyntax }: ImageFacts): ImageError {
  return new ImageError(
    'damaged-file',
    `The compressed voxels (${nameOfTransferSyntax(transferSyntax)}) can't be decoded`,
    {
      where: file,
      hint: 'Get the file again, or convert the series first, for example with gdcmconv --raw.',
    },
  );
}
