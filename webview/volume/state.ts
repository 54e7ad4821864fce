/** Keeps what the person chose, and reads it back carefully: it may come from an older version or another file. */
import type {
  Plane,
  Region,
  SegmentationInfo,
  VolumeLayout,
  VolumeSettings,
  VolumeViewState,
} from '../../src/protocol/volume';

export type ViewState = VolumeViewState;

/** Which segmentation is checked against which. */
export interface Pair {
  prediction: string;
  reference: string;
}

/** What can be shown of what the person wants to see: a file that is gone may come back, rewritten say. */
export function presentPart(
  { segmentations, layout }: Pick<ViewState, 'segmentations' | 'layout'>,
  exists: (id: string) => boolean,
): Pick<ViewState, 'segmentations' | 'layout'> {
  const shown = segmentations.filter(exists);
  if (layout.kind === 'compare')
    return { segmentations: shown, layout: { ...layout, segmentations: layout.segmentations.filter(exists) } };
  const isGone = layout.kind === 'difference' && !(exists(layout.prediction) && exists(layout.reference));
  return { segmentations: shown, layout: isGone ? { kind: 'planes' } : layout };
}

/** What is shown until the person has chosen: the case's label, else the opened file where it is a label map itself. */
export function shownAtFirst(segmentations: readonly SegmentationInfo[]): string[] {
  const labels = segmentations.filter(({ source }) => source === 'label');
  return (labels.length > 0 ? labels : segmentations.filter(({ isOpened }) => isOpened)).map(({ id }) => id);
}

/** The segmentations that a layout shows. */
export function shownIds({ layout, segmentations }: Pick<ViewState, 'layout' | 'segmentations'>): string[] {
  if (layout.kind === 'compare') return layout.segmentations;
  if (layout.kind === 'difference') return [layout.prediction, layout.reference];
  return segmentations;
}

const planeNames: readonly unknown[] = ['axial', 'coronal', 'sagittal'];

export function initialState(settings: VolumeSettings): ViewState {
  return {
    version: 1,
    layout: { kind: 'planes' },
    segmentations: [],
    crosshair: [NaN, NaN, NaN],
    channel: 0,
    frame: 0,
    window: null,
    isRadiological: settings.isRadiological,
    opacity: settings.maskOpacity,
    isOutline: false,
    hiddenLabels: [],
    zoom: 1,
    region: null,
    pair: null,
    colours: {},
    hasChosenSegmentations: false,
  };
}

/** What was kept, with defaults for everything that is missing or makes no sense. */
export function restoredState(kept: unknown, settings: VolumeSettings): ViewState {
  const state = initialState(settings);
  if (typeof kept !== 'object' || kept === null || (kept as { version?: unknown }).version !== 1) return state;
  const found = kept as Record<string, unknown>;
  const number = (value: unknown, low: number, high: number, otherwise: number): number =>
    typeof value === 'number' && value >= low && value <= high ? value : otherwise;
  const flag = (value: unknown, otherwise: boolean): boolean => (typeof value === 'boolean' ? value : otherwise);
  const window = found.window as { low?: unknown; high?: unknown } | null | undefined;
  const crosshair = found.crosshair;
  return {
    ...state,
    layout: restoredLayout(found.layout) ?? state.layout,
    segmentations: strings(found.segmentations),
    crosshair:
      Array.isArray(crosshair) && crosshair.length === 3 && crosshair.every(Number.isFinite)
        ? (crosshair as ViewState['crosshair'])
        : state.crosshair,
    channel: Math.trunc(number(found.channel, 0, 1000, 0)),
    frame: Math.trunc(number(found.frame, 0, 1e6, 0)),
    window:
      typeof window?.low === 'number' && typeof window.high === 'number' && window.low < window.high
        ? { low: window.low, high: window.high }
        : null,
    isRadiological: flag(found.isRadiological, state.isRadiological),
    opacity: number(found.opacity, 0, 1, state.opacity),
    isOutline: flag(found.isOutline, state.isOutline),
    hiddenLabels: Array.isArray(found.hiddenLabels) ? found.hiddenLabels.filter(Number.isInteger) : [],
    zoom: number(found.zoom, 0.1, 64, 1),
    region: restoredRegion(found.region),
    pair: restoredPair(found.pair),
    colours: restoredColours(found.colours),
    hasChosenSegmentations: flag(found.hasChosenSegmentations, strings(found.segmentations).length > 0),
  };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

function restoredRegion(value: unknown): Region | null {
  const { low, high } = (value ?? {}) as { low?: unknown; high?: unknown };
  const isVoxel = (one: unknown): one is Region['low'] =>
    Array.isArray(one) && one.length === 3 && one.every(Number.isInteger);
  return isVoxel(low) && isVoxel(high) ? { low, high } : null;
}

function restoredPair(value: unknown): Pair | null {
  const { prediction, reference } = (value ?? {}) as Record<string, unknown>;
  return typeof prediction === 'string' && typeof reference === 'string' ? { prediction, reference } : null;
}

function restoredColours(value: unknown): ViewState['colours'] {
  if (typeof value !== 'object' || value === null) return {};
  const isByte = (one: unknown): boolean => Number.isInteger(one) && (one as number) >= 0 && (one as number) <= 255;
  return Object.fromEntries(
    Object.entries(value).filter(
      ([label, colour]) =>
        Number.isInteger(Number(label)) && Array.isArray(colour) && colour.length === 3 && colour.every(isByte),
    ),
  ) as ViewState['colours'];
}

function restoredLayout(value: unknown): VolumeLayout | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const layout = value as Record<string, unknown>;
  const isPlane = planeNames.includes(layout.plane);
  if (layout.kind === 'planes') return { kind: 'planes' };
  if (layout.kind === 'single' && (isPlane || layout.plane === '3d'))
    return { kind: 'single', plane: layout.plane as Plane | '3d' };
  if (layout.kind === 'compare' && isPlane)
    return { kind: 'compare', plane: layout.plane as Plane, segmentations: strings(layout.segmentations) };
  if (layout.kind === 'difference' && typeof layout.prediction === 'string' && typeof layout.reference === 'string')
    return { kind: 'difference', prediction: layout.prediction, reference: layout.reference };
  return undefined;
}
