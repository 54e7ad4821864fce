/** Which labels does the sheet list, how large is each in every segmentation shown, and how well do the compared ones overlap? */
import type { ComparisonRow } from '../../src/protocol/volume';
import { millilitres } from '../../src/words/quantities';
import type { Colour } from './colours';
import { comparisonRows, type Compared } from './compared';
import { countText, voxelVolumeMm3 } from './quantities';
import { shownIds, type ViewState } from './state';
import type { Study } from './study';

/** A segmentation that is shown. */
interface SizeColumn {
  id: string;
  name: string;
  whole: string;
  isOfRegion: boolean;
}

export interface Size {
  /** Of the file's own grid. */
  voxels: number;
  /** "3.21"; undefined where the file does not tell the size of its voxels. */
  amount: string | undefined;
  /** "1,832 voxels" */
  count: string;
}

export interface LabelRow {
  value: number;
  name: string;
  colour: Colour;
  isShown: boolean;
  /** For each column; undefined while it is being read. */
  sizes: (Size | undefined)[];
  overlap: ComparisonRow | undefined;
}

export interface LabelTable {
  columns: SizeColumn[];
  /** Of `amount`: "ml", of a single slice "mm²". */
  unit: string | undefined;
  /** Whether `voxels` are a picture's pixels. */
  arePixels: boolean;
  hasOverlap: boolean;
  rows: LabelRow[];
  /** Of several labels together, as the dataset defines them. */
  regions: ComparisonRow[];
}

/** More labels than these are searched for by name. */
export const searchedFrom = 9;

export function labelTable(study: Study, state: ViewState, of: Compared | undefined): LabelTable {
  const ids = shownIds(state).filter((id) => study.segmentation(id) && study.mask(id).state !== 'failed');
  const counts = ids.map((id) => {
    const load = study.mask(id);
    return load.state === 'ready' ? new Map(load.value.labels.map(({ value, voxels }) => [value, voxels])) : undefined;
  });
  const overlaps = comparisonRows(of);
  const values = [...new Set([...counts.flatMap((found) => [...(found?.keys() ?? [])]), ...scored(overlaps)])];
  return {
    columns: ids.map((id) => {
      const { name = id, detail = '', isOfRegion = false } = study.segmentation(id) ?? {};
      return { id, name, whole: `${name} (${detail})`, isOfRegion };
    }),
    unit: unitOf(study),
    arePixels: study.description.dimensions === 2,
    hasOverlap: overlaps.length > 0,
    rows: (ids.length > 0 ? values.sort((a, b) => a - b) : []).map((value) => ({
      value,
      ...study.labelInfo(value, ids),
      isShown: !state.hiddenLabels.includes(value),
      sizes: counts.map((found) => found && sizeOf(study, found.get(value) ?? 0)),
      overlap: overlaps.find(({ labels }) => labels.length === 1 && labels[0] === value),
    })),
    regions: overlaps.filter(({ labels }) => labels.length > 1),
  };
}

/** An empty mask has no labels, but a Dice of 0 for those that it lacks. */
const scored = (rows: readonly ComparisonRow[]): number[] =>
  rows.flatMap(({ labels, dice }) => (labels.length === 1 && dice !== null ? labels : []));

function unitOf({ description }: Study): string | undefined {
  if (!description.hasSpacing) return undefined;
  return description.dimensions === 2 ? 'mm²' : 'ml';
}

function sizeOf({ description }: Study, voxels: number): Size {
  const { affine, downsampled, hasSpacing, dimensions, spacing } = description;
  const volume = voxels * voxelVolumeMm3(affine, downsampled?.factors);
  const measured = dimensions === 2 ? volume / spacing[2] : volume / 1000;
  return { voxels, amount: hasSpacing ? millilitres(measured) : undefined, count: countText(voxels, description) };
}

export const isFound = (name: string, sought: string): boolean =>
  name.toLocaleLowerCase().includes(sought.trim().toLocaleLowerCase());
