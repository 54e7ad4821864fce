/** Is a file a picture of the everyday kind? Then it has pixels, and no millimetres. */
import { formatOf, pictureFormats, splitEnding } from '../images/endings';

export function isPicture(file: string): boolean {
  const format = formatOf(splitEnding(file).ending.toLowerCase());
  return format !== undefined && pictureFormats.includes(format);
}
