/** Which DICOM files lie in a folder, and which of them make one series? */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ImageError } from '../../method/errors';
import { mapConcurrently } from '../../storage/mapConcurrently';
import { counted } from '../../words/counted';
import { isDicomFile, openDicom } from './dicomFile';
import { imageFacts, type FrameFacts, type ImageFacts } from './imageFacts';
import type { StackFinding } from './stack';

/** The series that a file belongs to, of its folder; the file alone where nothing else does. */
export async function seriesAround(file: string): Promise<ImageFacts[]> {
  const opened = await openDicom(file);
  const own = imageFacts(opened);
  if (!own) throw notAnImageOfVoxels(file, opened.item.string('x00080016') ?? '');
  // Several slices in one file are whole by themselves, and so is what belongs to no series.
  if (own.frames.length > 1 || own.series === '') return [own];
  const names = await readdir(dirname(file), { withFileTypes: true });
  const others = names.filter(
    (entry) => !entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== basename(file),
  );
  const images = await mapConcurrently(others, 8, async ({ name }) => {
    const path = join(dirname(file), name);
    return (await isDicomFile(path)) ? openDicom(path).then(imageFacts, () => undefined) : undefined;
  });
  return [
    own,
    ...images.filter((image) => image !== undefined && image.series === own.series && image.study === own.study),
  ] as ImageFacts[];
}

/** One file of each series that lies in a folder, and what the series is called; files below the folder count, too. */
export async function seriesIn(folder: string): Promise<{ file: string; name: string; files: number }[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name));
  const images = await mapConcurrently(files, 8, async (file) =>
    (await isDicomFile(file)) ? openDicom(file).then(imageFacts, () => undefined) : undefined,
  );
  const found = new Map<string, { file: string; name: string; files: number }>();
  for (const image of images) {
    if (!image) continue;
    const key = [image.study, image.series || image.file, dirname(image.file)].join();
    const known = found.get(key);
    if (known) known.files++;
    else
      found.set(key, {
        file: image.file,
        name: [image.modality, image.seriesDescription].filter(Boolean).join(' '),
        files: 1,
      });
  }
  return [...found.values()].sort((a, b) => b.files - a.files);
}

/** What DICOM stores that has no voxels of a body, by the beginning of its class. */
const otherKinds: readonly (readonly [uid: string, what: string])[] = [
  ['1.2.840.10008.1.3.10', 'a DICOMDIR, the list of what lies on a disc, without images'],
  ['1.2.840.10008.5.1.4.1.1.104.1', 'an encapsulated PDF'],
  ['1.2.840.10008.5.1.4.1.1.104', 'an encapsulated document'],
  ['1.2.840.10008.5.1.4.1.1.11.', 'a presentation state (how an image is shown)'],
  ['1.2.840.10008.5.1.4.1.1.88.', 'a structured report'],
  ['1.2.840.10008.5.1.4.1.1.481.3', 'an RTSTRUCT: contours that refer to a series'],
  ['1.2.840.10008.5.1.4.1.1.481.', 'a radiotherapy plan or dose'],
  ['1.2.840.10008.5.1.4.1.1.66', 'a registration or raw data'],
  ['1.2.840.10008.5.1.4.1.1.9.', 'a waveform'],
];

export function kindOfClass(sopClass: string): string {
  return otherKinds.find(([uid]) => sopClass.startsWith(uid))?.[1] ?? 'DICOM without voxels';
}

function notAnImageOfVoxels(file: string, sopClass: string): ImageError {
  return new ImageError('not-an-image', `This is ${kindOfClass(sopClass)}`, {
    where: file,
    hint: 'Open or import the folder of the series itself.',
  });
}

/**
 * The frames of one volume among those of a series: all that lie alike and have one size; overviews that lie otherwise are
 * left out. The images are stored alike then.
 */
export function framesOfVolume(images: readonly ImageFacts[]): { frames: FrameFacts[]; findings: StackFinding[] } {
  const groups = new Map<string, FrameFacts[]>();
  for (const frame of images.flatMap(({ frames }) => frames)) {
    const { rows, columns } = frame.image;
    const directions = (frame.orientation ?? []).map((cosine) => Math.round(cosine * 1000) + 0);
    const steps = (frame.pixelSpacing ?? []).map((mm) => Number(mm.toPrecision(5)));
    const key = [rows, columns, ...directions, ...steps].join();
    groups.set(key, [...(groups.get(key) ?? []), frame]);
  }
  const isOverview = (frames: readonly FrameFacts[]): boolean => frames.every(({ image }) => image.isLocalizer);
  const ordered = [...groups.values()].sort(
    (a, b) => Number(isOverview(a)) - Number(isOverview(b)) || b.length - a.length,
  );
  const [frames = [], ...others] = ordered;
  const left = others.reduce((sum, group) => sum + group.length, 0);
  if (left === 0) return { frames, findings: [] };
  const message = `${counted(left, 'slice')} of this series ${left === 1 ? 'lies' : 'lie'} otherwise than the others or ${left === 1 ? 'has' : 'have'} another size (localizers): left out.`;
  return { frames, findings: [{ code: 'localizer-in-series', message }] };
}
