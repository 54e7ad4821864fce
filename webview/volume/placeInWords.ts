/** What is at a place, in words: voxel, millimetres, value and labels. */
import { t } from '@vscode/l10n';
import type { Vector3 } from '../../src/geometry/types';
import { nearestVoxel, voxelAt } from './geometry';
import { shortNumber } from './quantities';
import { shortened } from './shortened';
import type { Study } from './study';

/** @param segmentations  ids of those that are shown */
export function placeInWords(study: Study, segmentations: readonly string[], world: Vector3): string {
  const voxel = voxelAt(study.grid, world) ?? nearestVoxel(study.grid, world);
  const [nx, ny] = study.grid.shape;
  const index = (voxel[2] * ny + voxel[1]) * nx + voxel[0];
  const { hasOrientation, hasSpacing, dimensions } = study.description;
  const parts = [dimensions === 2 ? t('Pixel {0}', voxel.slice(0, 2).join(', ')) : t('Voxel {0}', voxel.join(', '))];
  if (hasOrientation && hasSpacing && dimensions === 3) parts.push(inMillimetres(world));
  const layer = study.image.layer;
  if (study.image.colourChannels.length === 3)
    parts.push(`RGB ${study.image.colourChannels.map((voxels) => voxels[index] ?? '–').join(', ')}`);
  else if (layer) {
    const value = study.image.scaled(layer.voxels[index] ?? NaN);
    parts.push(t('Value {0}', `${shortNumber(value)}${study.image.isCt ? ' HU' : ''}`));
  }
  for (const id of segmentations) {
    const mask = study.maskLayer(id);
    // What could not be read is no background.
    if (!mask) continue;
    const label = mask.voxels[index] ?? 0;
    const name = label === 0 ? 'background' : study.labelInfo(label, [id]).name;
    parts.push(`${shortened(study.segmentation(id)?.name ?? t('Segmentation'), 24)}: ${name}`);
  }
  return parts.join('   ');
}

/** "L 12.3, P 4.0, S 33.1 mm" */
function inMillimetres(world: Vector3): string {
  const letters = ['RL', 'AP', 'SI'];
  return `${world.map((value, axis) => `${letters[axis]?.[value < 0 ? 1 : 0]} ${Math.abs(value).toFixed(1)}`).join(', ')} mm`;
}
