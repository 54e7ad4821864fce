/** Opens DICOM files: is this one, and what stands in it before its voxels? */
import { open, type FileHandle } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';
import { parseDicom, readPart10Header } from 'dicom-parser';
import { ImageError } from '../../method/errors';
import { emptyFile, readError } from '../imageBytes';
import { textOf, type DataSet } from './attributes';

export interface DicomFile {
  file: string;
  /** Its bytes end with those that were read: the voxels may lie behind. */
  item: DataSet;
  transferSyntax: string;
  /** Where deflated: the bytes that places in `item` refer to. */
  inflated?: Buffer;
}

/** Most headers are shorter, also with what makers add of their own. */
const usualHeaderBytes = 2 ** 17;
const largestHeaderBytes = 2 ** 30;
const implicitLittleEndian = '1.2.840.10008.1.2';
const explicitLittleEndian = '1.2.840.10008.1.2.1';
const deflated = '1.2.840.10008.1.2.1.99';
const largestRatio = 1032;

/** Whether the file begins as DICOM does; files that cannot be read are none. */
export async function isDicomFile(file: string): Promise<boolean> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (!handle) return false;
  try {
    return startsLikeDicom((await readPart(handle, 136)).bytes);
  } catch {
    return false;
  } finally {
    await handle.close();
  }
}

/** Old files lack the preamble and begin with the first group at once. */
function startsLikeDicom(bytes: Buffer): boolean {
  if (bytes.length >= 132 && bytes.toString('latin1', 128, 132) === 'DICM') return true;
  return isBare(bytes);
}

function isBare(bytes: Buffer): boolean {
  if (bytes.length < 16) return false;
  const [group, element] = [bytes.readUInt16LE(0), bytes.readUInt16LE(2)];
  return (
    group === 8 && element <= 0x18 && (/^[A-Z]{2}$/.test(bytes.toString('latin1', 4, 6)) || bytes.readUInt32LE(4) < 256)
  );
}

/** All attributes before the voxels. @throws ImageError `not-an-image`, `truncated-file`, … */
export async function openDicom(file: string): Promise<DicomFile> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw readError(error, file);
  });
  try {
    const { size } = await handle.stat();
    if (size === 0) throw emptyFile(file);
    const { bytes } = await readPart(handle, usualHeaderBytes);
    if (!startsLikeDicom(bytes)) throw notDicom(file);
    const isWhole = bytes.length >= size;
    const first = tryParse(bytes, file);
    if (typeof first === 'object' && (isWhole || hasVoxels(first.item))) return first;
    if (isWhole) throw damaged(file, String(first));
    const all = await readPart(handle, Math.min(size, largestHeaderBytes));
    const second = tryParse(all.bytes, file);
    if (typeof second === 'object') return second;
    throw damaged(file, second);
  } catch (error) {
    throw readError(error, file);
  } finally {
    await handle.close();
  }
}

export function hasVoxels(item: DataSet): boolean {
  return ['x7fe00010', 'x7fe00008', 'x7fe00009'].some((tag) => item.elements[tag] !== undefined);
}

async function readPart(handle: FileHandle, length: number): Promise<{ bytes: Buffer }> {
  const { size } = await handle.stat();
  const asked = Math.min(length, size);
  const buffer = Buffer.allocUnsafe(asked);
  let done = 0;
  while (done < asked) {
    const { bytesRead } = await handle.read(buffer, done, asked - done, done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return { bytes: buffer.subarray(0, done) };
}

/** The file, or what the parser said. */
function tryParse(bytes: Buffer, file: string): DicomFile | string {
  let inflated: Buffer | undefined;
  const inflater = (all: Uint8Array, position: number): Buffer => {
    const rest = all.subarray(position);
    inflated = inflateRawSync(rest, { maxOutputLength: Math.min(rest.length * largestRatio + 4096, 2 ** 31 - 1) });
    return inflated;
  };
  try {
    const bare = isBare(bytes) && bytes.toString('latin1', 128, 132) !== 'DICM';
    const isExplicit = /^[A-Z]{2}$/.test(bytes.toString('latin1', 4, 6));
    const assumed = isExplicit ? explicitLittleEndian : implicitLittleEndian;
    const syntax = bare ? { TransferSyntaxUID: assumed } : {};
    const item = parseDicom(bytes, { untilTag: 'x7fe00010', inflater: inflater as never, ...syntax });
    // Where the rest is deflated, places in the meta information are not those of the rest.
    const transferSyntax = bare ? assumed : (textOf(readPart10Header(bytes), '00020010') ?? assumed);
    return { file, item, transferSyntax, ...(transferSyntax === deflated && inflated ? { inflated } : {}) };
  } catch (error) {
    return error instanceof Error ? error.message : ((error as { exception?: string }).exception ?? String(error));
  }
}

function notDicom(file: string): ImageError {
  return new ImageError('not-an-image', 'This is not a DICOM file', {
    where: file,
    hint: 'Check that its ending fits its content, and that it opens in another viewer.',
  });
}

function damaged(file: string, cause: string): ImageError {
  return new ImageError('damaged-file', 'This DICOM file ends too early or is damaged', {
    where: file,
    hint: 'It was probably not copied completely: get it again.',
    cause,
  });
}
