/** What DICOM lies below a folder: series with what is wrong with their slices, and the segmentations that refer to them. */
import { join } from 'node:path';
import { stackOf } from '../../images/dicom/assemble';
import { isDicomFile, openDicom } from '../../images/dicom/dicomFile';
import { imageFacts, type ImageFacts } from '../../images/dicom/imageFacts';
import { drawnStructures, type DrawnStructures } from '../../images/dicom/segments';
import { kindOfClass } from '../../images/dicom/seriesFiles';
import type { Stack } from '../../images/dicom/stack';
import { requireReadable } from '../../images/dicom/storedFrames';
import { NnunetError } from '../../method/errors';
import { mapConcurrently } from '../../storage/mapConcurrently';
import type { ImportContext } from './plan';
import type { SourceListing } from './sourceFiles';

export interface FoundSeries {
  /** Of the SeriesInstanceUID. */
  uid: string;
  /** To tell patients and visits apart: never shown. */
  patient: string;
  study: string;
  frameOfReference: string;
  /** "CT Abdomen portal venous, contrast": what people choose by. */
  kind: string;
  modality: string;
  images: ImageFacts[];
  /** Absent where the slices make no volume. */
  stack?: Stack;
  /** Why they don't. */
  problem?: string;
}

export interface DicomSource {
  series: FoundSeries[];
  drawn: DrawnStructures[];
  /** Files that are neither, by what they are. */
  others: Map<string, number>;
  /** Files that begin as DICOM and cannot be read. */
  damaged: number;
}

/** So many files are looked into to find out whether a folder holds DICOM at all. */
const mostTried = 50;

/** Whether a source without any other image holds DICOM. */
export async function holdsDicom(source: string, { images, others }: SourceListing): Promise<boolean> {
  if (images.length > 0) return false;
  const likely = [...others].sort((a, b) => Number(isLikely(b)) - Number(isLikely(a))).slice(0, mostTried);
  for (const path of likely) if (await isDicomFile(join(source, path))) return true;
  return false;
}

const isLikely = (path: string): boolean => /\.(dcm|dicom|ima)$/i.test(path) || !/\.[a-z]\w*$/i.test(path);

export async function readDicomSource(
  source: string,
  { others }: SourceListing,
  { signal, progress }: ImportContext,
): Promise<DicomSource> {
  const found: DicomSource = { series: [], drawn: [], others: new Map(), damaged: 0 };
  let done = 0;
  const read = await mapConcurrently(others, 8, async (path) => {
    signal?.throwIfAborted();
    const file = join(source, path);
    const result = (await isDicomFile(file)) ? await openDicom(file).then(sort, () => 'damaged' as const) : undefined;
    if (++done % 50 === 0 || done === others.length)
      progress?.({ done, total: others.length, message: 'Reading DICOM headers' });
    return result;
  });
  const images: ImageFacts[] = [];
  for (const one of read) {
    if (one === 'damaged') found.damaged++;
    else if (one?.drawn) found.drawn.push(one.drawn);
    else if (one?.image) images.push(one.image);
    else if (one) found.others.set(one.kind, (found.others.get(one.kind) ?? 0) + 1);
  }
  const bySeries = new Map<string, ImageFacts[]>();
  for (const image of images) {
    const key = `${image.study}\0${image.series || image.file}`;
    bySeries.set(key, [...(bySeries.get(key) ?? []), image]);
  }
  found.series = [...bySeries.values()].map(describeSeries);
  return found;
}

interface Sorted {
  drawn?: DrawnStructures;
  image?: ImageFacts;
  kind: string;
}

function sort(opened: Awaited<ReturnType<typeof openDicom>>): Sorted {
  const drawn = drawnStructures(opened);
  const sopClass = opened.item.string('x00080016') ?? '';
  // Doses and the like have voxels, too, but none of a body.
  const isOther = sopClass.startsWith('1.2.840.10008.5.1.4.1.1.481.');
  const image = drawn || isOther ? undefined : imageFacts(opened);
  return { drawn, image, kind: kindOfClass(sopClass) };
}

function describeSeries(images: ImageFacts[]): FoundSeries {
  const [first] = images as [ImageFacts, ...ImageFacts[]];
  const words = [first.modality, withoutPatient(first.seriesDescription, first.patient)].filter(Boolean).join(' ');
  const found: FoundSeries = {
    uid: first.series,
    patient: first.patient,
    study: first.study,
    frameOfReference: first.frameOfReference,
    kind: first.contrast && !/contrast/i.test(words) ? `${words}, contrast` : words,
    modality: first.modality,
    images,
  };
  try {
    images.forEach(requireReadable);
    const stack = stackOf(images);
    const [one, ...more] = stack.volumes;
    if (more.length > 0) {
      const shown = [one, ...more].slice(0, 4).join(', ') + (more.length > 3 ? ', …' : '');
      return {
        ...found,
        problem: `it is a series over time or of several echoes, with ${more.length + 1} volumes (${shown})`,
      };
    }
    if (stack.depths.length < 2) return { ...found, problem: 'it has one slice' };
    if (stack.frames.every(({ image }) => image.isLocalizer)) return { ...found, problem: 'it is a localizer' };
    return { ...found, stack };
  } catch (error) {
    if (!(error instanceof NnunetError)) throw error;
    return { ...found, problem: error.message.charAt(0).toLowerCase() + error.message.slice(1) };
  }
}

/** Some write the patient's name into the description of a series. */
function withoutPatient(text: string, patient: string): string {
  const words = new Set(
    patient.split(/[^\p{L}\p{N}]+/u).flatMap((word) => (word.length > 2 ? [word.toLowerCase()] : [])),
  );
  return text.replace(/[\p{L}\p{N}]+/gu, (word) => (words.has(word.toLowerCase()) ? '…' : word));
}
