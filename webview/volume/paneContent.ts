/** What a pane shows, in data: the image, what lies over it, and from where it is seen. */
import { t } from '@vscode/l10n';
import type { Vector3 } from '../../src/geometry/types';
import type { Region } from '../../src/protocol/volume';
import type { Convention, ShownGrid, Plane } from './geometry';
import type { Measure } from './quantities';
import type { LabelStyle, Layer, Window } from './slices';

/** A segmentation, or the difference map, over the image. `key` changes with everything that changes its look. */
export interface Overlay {
  key: string;
  layer: Layer;
  styleOf(label: number): LabelStyle;
  isOutline: boolean;
}

export interface Notice {
  message: string;
  hint?: string;
  isError?: boolean;
}

/** What a pane shows now. */
export interface PaneContent {
  display: ShownGrid;
  /** What lengths are told in. */
  measure: Measure;
  /** Changes whenever the image's voxels do. */
  imageKey: string;
  image?: Layer;
  /** Red, green and blue instead of `image`. */
  colours?: Layer[];
  /** In stored values. */
  window: Window;
  overlays: Overlay[];
  crosshair: Vector3;
  showsCrosshair: boolean;
  isSmooth: boolean;
  convention: Convention;
  /** False: the file does not say how it lies in the body; no letters are shown. */
  hasOrientation: boolean;
  title?: string;
  notice?: Notice;
  /** Drawn by the person, to be predicted. */
  region?: Region;
}

/** Zoom 1 fits the slice into the pane; the offset moves it, mm of the screen's axes. */
export interface View {
  zoom: number;
  rightMm: number;
  downMm: number;
}

export type Tool = 'crosshair' | 'window' | 'pan' | 'zoom' | 'region';

export const planeColours: Record<Plane, string> = { axial: '#ff6b5e', coronal: '#67c76f', sagittal: '#f2cf4a' };
export const planeNames: Record<Plane, string> = { axial: t('Axial'), coronal: t('Coronal'), sagittal: t('Sagittal') };
