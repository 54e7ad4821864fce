/** Which images lack the channel number at the end of their names, so that nnU-Net would pass over them or take patients for channels. */
import { caseIdOfImage, imageFileName } from '../rawDataset';

export interface UnnumberedImage {
  name: string;
  /** The case that it is meant to be. */
  id: string;
  /** As nnU-Net reads the name: the number that it takes for a channel. */
  takenFor: number | undefined;
  /** The name that it must have; undefined where that is taken, or where there are several channels. */
  rename: string | undefined;
}

/**
 * Names without `_dddd`, and names whose four digits count patients (PID_0001, PID_0002): with one channel, a label of
 * the very same name gives these away.
 */
export function unnumberedImages(
  imageNames: readonly string[],
  labelNames: ReadonlySet<string>,
  ending: string,
  channels: number,
): UnnumberedImage[] {
  const present = new Set(imageNames);
  const images = imageNames.filter((name) => name.endsWith(ending) && name.length > ending.length);
  const patients = channels === 1 ? patientNumbers(images, labelNames, ending) : new Set<string>();
  return images
    .filter((name) => caseIdOfImage(name, ending) === undefined || patients.has(name))
    .map((name) => {
      const id = name.slice(0, -ending.length);
      const renamed = imageFileName(id, 0, ending);
      return {
        name,
        id,
        takenFor: patients.has(name) ? Number(id.slice(-4)) : undefined,
        rename: channels === 1 && !present.has(renamed) ? renamed : undefined,
      };
    });
}

/** A label CASE_0000 of an image CASE_0000 alone is a label that was named like an image; other numbers are patients'. */
function patientNumbers(images: readonly string[], labelNames: ReadonlySet<string>, ending: string): Set<string> {
  const byCase = new Map<string, string[]>();
  for (const name of images) {
    const id = caseIdOfImage(name, ending);
    const own = id !== undefined && labelNames.has(name) && !labelNames.has(id + ending);
    if (own) byCase.set(id, [...(byCase.get(id) ?? []), name]);
  }
  const groups = [...byCase].filter(([id, names]) => names.some((name) => name !== imageFileName(id, 0, ending)));
  return new Set(groups.flatMap(([, names]) => names));
}
