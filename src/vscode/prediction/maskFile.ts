/** Where the mask of a predicted image goes, so that nothing is overwritten and the volume editor finds it again. */
import { dirname, join } from 'node:path';
import { writableEndings } from '../../images/endings';
import { exists } from '../../storage/exists';

interface MaskPlace {
  /** The opened file. */
  image: string;
  caseId: string;
  /** Of the image. */
  ending: string;
  /** Of the model. */
  model: string;
  /** Where predictions of the image's dataset lie; absent for an image that belongs to none. */
  predictionsRoot?: string;
}

/**
 * A file that does not exist: PREDICTIONS/MODEL/CASE.nii.gz, because a dataset's own folders hold its images and labels only;
 * otherwise CASE_MODEL_seg.nii.gz beside the image. Further ones get a number.
 * @param isTaken names that are in use although no such file is there yet
 */
export async function freeMaskFile(
  { image, caseId, ending, model, predictionsRoot }: MaskPlace,
  isTaken: (file: string) => boolean = () => false,
): Promise<string> {
  const written = writableEndings.includes(ending.toLowerCase()) ? ending : '.nii.gz';
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? '' : `-${number}`;
    const file = predictionsRoot
      ? join(predictionsRoot, model + suffix, caseId + written)
      : join(dirname(image), `${caseId}_${model}_seg${suffix}${written}`);
    if (!isTaken(file) && !(await exists(file))) return file;
  }
}
