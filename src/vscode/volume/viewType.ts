/** As which of its two view types does the volume editor open a file? */
import { formatOf, pictureFormats, splitEnding } from '../../images/endings';

export const volumeViewType = 'nnunet.volume';
/** The same editor for files that other editors open as well: one view type has one priority, and a name for its own files only. */
export const optionalVolumeViewType = 'nnunet.volumeOption';

export function viewTypeOf(path: string): string {
  const format = formatOf(splitEnding(path).ending);
  return format && pictureFormats.includes(format) ? optionalVolumeViewType : volumeViewType;
}
