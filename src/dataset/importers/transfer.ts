/** Brings one file of a source into a dataset: copied, compressed or unpacked as its content and its new name need, or converted. */
import { createReadStream, createWriteStream } from 'node:fs';
import { access, constants, copyFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { splitEnding } from '../../images/endings';
import { compressionOf, readError } from '../../images/imageBytes';
import { convertImage } from '../scans';
import { gzipLevel } from './nifti4d';

/** What is done with one file. Everything but `convert` keeps its voxels and header byte for byte. */
type Transfer = 'copy' | 'gzip' | 'gunzip' | 'convert';

/** Whether compression tells two endings apart and nothing else. */
function isNifti(ending: string): boolean {
  return ending === '.nii' || ending === '.nii.gz';
}

/** Whether a file of one ending can get the other without being read as an image. */
export function keepsBytes(from: string, to: string): boolean {
  return from === to || (from.startsWith('.tif') && to.startsWith('.tif')) || (isNifti(from) && isNifti(to));
}

/** Writes `to`, which must not exist. Compression is told from the first bytes, whatever the ending says. */
export async function transfer(from: string, to: string): Promise<Transfer> {
  await access(from).catch((error: unknown) => {
    throw readError(error, from);
  });
  const how = await transferOf(from, to);
  if (how === 'convert') await convertImage(from, to);
  else if (how === 'copy') await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  else {
    const transform = how === 'gzip' ? createGzip({ level: gzipLevel }) : createGunzip();
    const source = createReadStream(from);
    await pipeline(source, transform, createWriteStream(to, { flags: 'wx' })).catch((error: NodeJS.ErrnoException) => {
      throw error.code?.startsWith('Z_') ? readError(error, from) : error;
    });
  }
  return how;
}

async function transferOf(from: string, to: string): Promise<Transfer> {
  const [before, after] = [from, to].map((file) => splitEnding(file).ending.toLowerCase()) as [string, string];
  if (!keepsBytes(before, after)) return 'convert';
  if (!isNifti(after)) return 'copy';
  const stored = await compressionOf(from);
  if (stored === 'empty' || (stored === 'gzip') === (after === '.nii.gz')) return 'copy';
  return stored === 'gzip' ? 'gunzip' : 'gzip';
}
