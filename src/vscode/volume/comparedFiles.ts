/** Can files that were chosen to be compared be shown on one image, and which of them is that image? */
import { posix } from 'node:path';
import { ImageError } from '../../method/errors';

/**
 * @param paths   chosen files: segmentations, and perhaps the image that they are of
 * @param images  for each the image that it was made for, where that is found
 * @throws ImageError `different-cases`
 */
export function sortCompared(
  paths: readonly string[],
  images: readonly (string | undefined)[],
): { image: string | undefined; segmentations: string[] } {
  const found = paths.flatMap((path, index) => (images[index] === undefined ? [] : [{ path, image: images[index] }]));
  const [first] = found;
  const other = found.find(({ image }) => image !== first!.image);
  if (other) {
    const name = (path: string): string => posix.basename(path);
    throw new ImageError(
      'different-cases',
      `${name(first!.path)} is of ${name(first!.image)}, but ${name(other.path)} is of ${name(other.image)}`,
      { hint: 'Choose segmentations of one case: only those can be laid over each other.' },
    );
  }
  return { image: first?.image, segmentations: paths.filter((path) => path !== first?.image) };
}
