/** Whether the slices of 2D plans are slices: images whose single voxel lies along x or y are planned as rows of voxels. */
import { PlansError } from './errors';
import { getConfiguration, type Plans } from './plans';

/** @throws PlansError slice-axis */
export function requireSlices(plans: Plans): void {
  const configurations = Object.keys(plans.configurations).map((name) => getConfiguration(plans, name));
  const row = configurations.find(({ patch_size: patch }) => patch.length === 2 && patch.includes(1));
  if (!row) return;
  const message = `The slices have ${row.patch_size.join(' x ')} voxels: the images have one voxel along x or y`;
  const hint =
    'Turn images and labels, so that the axis of one voxel is z; "nnunet check" names the cases. Nothing was planned.';
  throw new PlansError('slice-axis', message, { hint });
}
