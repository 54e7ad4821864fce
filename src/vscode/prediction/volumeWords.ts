/** Says how large what was segmented is: in a sentence, and as a table to copy. */
import type { ImagePrediction } from '../../pipeline/prediction/predictor';
import { countedAs } from '../../words/counted';
import { grouped, millilitres } from '../../words/quantities';

type Volumes = ImagePrediction['volumes'];

/** "liver 1,512 ml, tumour 3.2 ml"; many labels: the largest. */
export function volumeSentence(volumes: Volumes, most = 5): string {
  const found = volumes.filter(({ voxels }) => voxels > 0).sort((a, b) => b.ml - a.ml);
  const words = found.slice(0, most).map(({ name, ml }) => `${name} ${millilitres(ml)} ml`);
  return found.length > most ? `${words.join(', ')} …` : words.join(', ');
}

/** Columns between tabs, as spreadsheets take them. */
export function volumeTable(volumes: Volumes): string {
  const rows = volumes.map(({ name, voxels, mm3, ml }) => [name, voxels, round(mm3), round(ml)].join('\t'));
  return [['label', 'voxels', 'mm³', 'ml'].join('\t'), ...rows].join('\n');
}

/** One line for each label, for reading. */
export function volumeLines(volumes: Volumes): string {
  return volumes
    .map(
      ({ name, ml, mm3, voxels }) =>
        `${name}: ${millilitres(ml)} ml (${grouped(round(mm3))} mm³, ${countedAs(grouped(voxels), voxels === 1, 'voxel')})`,
    )
    .join('\n');
}

const round = (value: number): number => Number(value.toPrecision(6));
