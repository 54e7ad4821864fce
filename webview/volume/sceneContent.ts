/** What the 3D view shows, in data: the image, surfaces of labels, and the crosshair. */
import type { Vector3 } from '../../src/geometry/types';
import type { LabelStyle, Layer, Window } from './slices';

export interface SceneContent {
  image?: Layer;
  imageKey: string;
  /** Stored values. */
  range: Window;
  labels?: Layer;
  labelsKey: string;
  /** They are being loaded: the image would be a veil over them soon. */
  awaitsLabels: boolean;
  styleOf(label: number): LabelStyle;
  crosshair: Vector3;
  showsCrosshair: boolean;
}
