/** Are a file's values labels? Asked of files that only their names call masks, before they are offered. */
import { stat } from 'node:fs/promises';
import { decodeImage } from '../../images/decode';
import { readHeader } from '../../images/header';
import { channelLength, type ImageHeader } from '../../images/types';
import { isLabelMap } from '../../images/valueKinds';
import { seriesLength } from './labelMap';

/** False also for what can't be read. */
export async function holdsLabels(file: string): Promise<boolean> {
  try {
    const header = await readHeader(file);
    if (isSurelyNone(header, (await stat(file)).size)) return false;
    const { voxels, header: decoded } = await decodeImage(file);
    const length = channelLength(decoded.shape) * seriesLength(decoded);
    const first = voxels.subarray(0, length);
    // A picture saved as RGB in shades of grey is a label map all the same.
    const isGrey = voxels.length === 3 * length && first.every((value, i) => value === voxels[length + i]);
    return (voxels.length === length || isGrey) && isLabelMap(first, decoded.scaling);
  } catch {
    return false;
  }
}

/** Labels lie in patches and so compress to little: what does not is no label map, and need not be decoded. */
const mostBytesPerVoxel = 0.5;

function isSurelyNone(header: ImageHeader, bytes: number): boolean {
  const { shape, channels, format, file } = header;
  const series = seriesLength(header);
  const length = channelLength(shape) * series;
  const isCompressed = /\.gz$/i.test(file) || format === 'PNG';
  return (
    (channels > series && shape[0] > 1) || (isCompressed && length >= 2 ** 20 && bytes > mostBytesPerVoxel * length)
  );
}
