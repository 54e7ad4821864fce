/** Where does a reader see the voxels of a volume? */
import type { SpaceGrid } from '../geometry/grids';
import { affineFromGeometry } from '../geometry/itkGrid';
import type { Volume } from '../images/types';

/** @returns undefined for pictures, which lie nowhere */
export function gridOf({
  shape: [, ...shape],
  properties,
}: Pick<Volume, 'shape' | 'properties'>): SpaceGrid | undefined {
  const { sitk_stuff: itk, nibabel_stuff: nibabel } = properties;
  if (itk) return { shape, affine: affineFromGeometry(itk) };
  if (!nibabel) return undefined;
  const { original_affine, reoriented_affine = original_affine, unit_mm = 1 } = nibabel;
  return {
    shape,
    affine: reoriented_affine.map((row, at) => (at < 3 ? row.map((value) => value * unit_mm) : row)),
  };
}
