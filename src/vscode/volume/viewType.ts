/** As which of its two view types does the volume editor open a file? */
import { splitEnding } from '../../images/endings';

export const volumeViewType = 'nnunet.volume';
/** The same editor for files that other editors open as well: one view type has one priority, and a name for its own files only. */
export const optionalVolumeViewType = 'nnunet.volumeOption';

const pictures: readonly string[] = ['.png', '.bmp', '.jpg', '.jpeg', '.gif'];

export function viewTypeOf(path: string): string {
  return pictures.includes(splitEnding(path).ending.toLowerCase()) ? optionalVolumeViewType : volumeViewType;
}
