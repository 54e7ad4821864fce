/** Turns a label into a surface in the body's millimetres. */
import vtkDataArray from '@kitware/vtk.js/Common/Core/DataArray';
import vtkImageData from '@kitware/vtk.js/Common/DataModel/ImageData';
import type vtkPolyData from '@kitware/vtk.js/Common/DataModel/PolyData';
import vtkImageMarchingCubes from '@kitware/vtk.js/Filters/General/ImageMarchingCubes';
import { applyAffine, determinantOf } from '../../src/geometry/affine';
import type { Affine, Vector3 } from '../../src/geometry/types';
import { inverseOf } from './geometry';
import type { Box } from './labelPlaces';
import type { Layer } from './slices';

/** A block of the label's occupancy, 0 to 255, with an empty border. */
interface Block {
  shape: Vector3;
  values: Uint8Array;
  /** Block voxel -> voxel of the layer. */
  offset: Vector3;
  stride: Vector3;
}

/** @param cells  at most about so many block voxels; larger labels are sampled coarser */
function occupancy(layer: Layer, label: number, box: Box, cells = 400_000): Block {
  const size = box.low.map((low, axis) => (box.high[axis] ?? 0) - low + 1) as Vector3;
  const stride: Vector3 = [1, 1, 1];
  const blockShape = (): Vector3 => size.map((length, axis) => Math.ceil(length / (stride[axis] ?? 1)) + 4) as Vector3;
  const count = ([x, y, z]: Vector3): number => x * y * z;
  while (count(blockShape()) > cells) {
    const longest = [0, 1, 2].reduce((a, b) => ((blockShape()[b] ?? 0) > (blockShape()[a] ?? 0) ? b : a));
    stride[longest] = (stride[longest] ?? 1) + 1;
  }
  const shape = blockShape();
  const values = new Uint8Array(count(shape));
  const offset = box.low.map((low, axis) => low - 2 * (stride[axis] ?? 1)) as Vector3;
  const [nx, ny, nz] = layer.grid.shape;
  let target = 0;
  for (let k = 0; k < shape[2]; k++)
    for (let j = 0; j < shape[1]; j++)
      for (let i = 0; i < shape[0]; i++, target++) {
        const x = offset[0] + i * stride[0];
        const y = offset[1] + j * stride[1];
        const z = offset[2] + k * stride[2];
        const isInside = x >= 0 && y >= 0 && z >= 0 && x < nx && y < ny && z < nz;
        if (isInside && layer.voxels[(z * ny + y) * nx + x] === label) values[target] = 255;
      }
  return { shape, values: smoothed(values, shape), offset, stride };
}

/** Takes the steps of voxels away: 1-2-1 along each axis. Thin structures shrink but do not vanish at the level of 96 of 255. */
function smoothed(values: Uint8Array, [nx, ny]: Vector3): Uint8Array {
  let from = values;
  for (const step of [1, nx, nx * ny]) {
    const to = new Uint8Array(from.length);
    for (let i = 0; i < from.length; i++)
      to[i] = ((from[i - step] ?? 0) + 2 * (from[i] ?? 0) + (from[i + step] ?? 0) + 2) >> 2;
    from = to;
  }
  return from;
}

const surfaceLevel = 96;

/** Of many surfaces that are built one after the other, a picture is drawn after the 1st, 2nd, 4th, 8th … and the last. */
export const isWorthAPicture = (built: number, total: number): boolean =>
  built === total || Number.isInteger(Math.log2(built));

export function labelSurface(layer: Layer, label: number, box: Box, cells?: number): vtkPolyData {
  const block = occupancy(layer, label, box, cells);
  const image = vtkImageData.newInstance();
  image.setDimensions(block.shape);
  image
    .getPointData()
    .setScalars(vtkDataArray.newInstance({ name: 'label', values: block.values, numberOfComponents: 1 }));
  const filter = vtkImageMarchingCubes.newInstance({
    contourValue: surfaceLevel,
    computeNormals: true,
    mergePoints: true,
  });
  filter.setInputData(image);
  filter.update();
  const surface = filter.getOutputData() as vtkPolyData;
  placeInWorld(surface, layer.grid.affine, block);
  return surface;
}

/** Moves points and normals from the block to the body. Normals go by the inverse transposed, as in any oblique grid. */
function placeInWorld(surface: vtkPolyData, affine: Affine, { offset, stride }: Block): void {
  const blockAffine: Affine = [
    [stride[0], 0, 0, offset[0]],
    [0, stride[1], 0, offset[1]],
    [0, 0, stride[2], offset[2]],
    [0, 0, 0, 1],
  ];
  const points = surface.getPoints().getData() as Float32Array;
  const normals = surface.getPointData().getNormals()?.getData() as Float32Array | undefined;
  const inverse = inverseOf(affine);
  for (let i = 0; i + 2 < points.length; i += 3) {
    const voxel = applyAffine(blockAffine, [points[i] ?? 0, points[i + 1] ?? 0, points[i + 2] ?? 0]);
    points.set(applyAffine(affine, voxel), i);
    if (!normals) continue;
    const n = [0, 1, 2].map((axis) => (normals[i + axis] ?? 0) / (stride[axis] ?? 1));
    const turned = [0, 1, 2].map((row) => n.reduce((sum, value, k) => sum + value * (inverse[k]?.[row] ?? 0), 0));
    const length = Math.hypot(...turned) || 1;
    normals.set(
      turned.map((value) => value / length),
      i,
    );
  }
  if (determinantOf(affine) < 0) turnOver(surface);
  surface.getPoints().modified();
  surface.modified();
}

/** Mirrored axes turn triangles inside out, and what shows its inside is not lit. */
function turnOver(surface: vtkPolyData): void {
  const cells = surface.getPolys().getData() as Uint32Array;
  for (let i = 0; i < cells.length; i += (cells[i] ?? 0) + 1) cells.subarray(i + 1, i + 1 + (cells[i] ?? 0)).reverse();
  surface.getPolys().modified();
}
