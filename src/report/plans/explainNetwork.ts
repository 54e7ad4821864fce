/** Why has the network this shape? */
import { t } from '@vscode/l10n';
import { networkClassOf } from '../../method/networkPlan';
import { counted } from '../../words/counted';
import type { Choice, Explained } from './explained';
import { inImageOrder, sizeText } from './imageOrder';

export function explainNetwork({ configuration, plans }: Explained): Choice {
  const { architecture, patch_size: patch } = configuration;
  const { n_stages: stages, features_per_stage: features, strides, kernel_sizes: kernels } = architecture.arch_kwargs;
  const bottom = patch.map((voxels, axis) => strides.reduce((left, stride) => left / stride[axis]!, voxels));
  const flat = kernels.filter((kernel) => kernel.some((size) => size === 1) && kernel.some((size) => size > 1)).length;
  const isUneven = strides.slice(1).some((stride) => new Set(stride).size > 1);
  const [first = 0, last = 0] = [features[0], features.at(-1)];
  const why = [
    t(
      'From stage to stage edges are halved, as long as 4 voxels are left: at the bottom there are {0}.',
      sizeText(inImageOrder(bottom, plans)),
    ),
    ...(isUneven
      ? [t('Where voxels are longer along one axis, the others are halved first, until voxels are about cubes.')]
      : []),
    ...(flat > 0
      ? [
          t(
            'In the first {0}, kernels are flat: along the axis with the long voxels, a neighbour is at least twice as far away.',
            counted(flat, 'stage'),
          ),
        ]
      : []),
    t('Features double from stage to stage, up to {0}.', Math.max(...features)),
  ];
  const many = counted(stages, 'stage');
  const isResidual = networkClassOf(architecture) === 'ResidualEncoderUNet';
  const choice = isResidual
    ? t('U-Net with a residual encoder, {0}, {1} to {2} features', many, first, last)
    : networkClassOf(architecture) === 'PlainConvUNet'
      ? t('U-Net, {0}, {1} to {2} features', many, first, last)
      : `${networkClassOf(architecture)}, ${many}`;
  if (isResidual) {
    const blocks = (architecture.arch_kwargs.n_blocks_per_stage ?? []).join(', ');
    why.push(t('Residual blocks of the stages: {0}. A large encoder, a small decoder.', blocks));
  }
  return { topic: t('Network'), choice, why };
}
