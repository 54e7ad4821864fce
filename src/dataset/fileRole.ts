/** Is a file an image or a label map? By the folder that it lies in: nnU-Net's names, and words for predictions. */
import type { FileRole } from '../images/tiffSpacing';

/** @param path  with the separators of any system */
export function fileRoleByFolder(path: string): FileRole {
  const folder = path.split(/[\\/]/).at(-2) ?? '';
  const isOfLabels =
    /^(labelsTr|labelsTs|validation(_best)?|postprocessed)$/.test(folder) || /pred|infer|output|result/i.test(folder);
  return isOfLabels ? 'label' : 'image';
}
