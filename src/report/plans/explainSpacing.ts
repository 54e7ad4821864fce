/** Why is a dataset resampled to this spacing? */
import { t } from '@vscode/l10n';
import { medianResampledShape, targetSpacing, transposed } from '../../method/planner/targetSpacing';
import type { Fingerprint } from '../../method/fingerprint';
import { median } from '../../method/statistics';
import { counted } from '../../words/counted';
import type { Choice, Explained } from './explained';
import { axisNames, inImageOrder, sizeText } from './imageOrder';

export function explainSpacing({ name, configuration, plans, fingerprint }: Explained): Choice {
  const { spacing } = configuration;
  const choice = `${sizeText(inImageOrder(spacing, plans))} mm`;
  const why = fingerprint
    ? reasons(spacing, plans.transpose_forward, fingerprint, name)
    : [t('What was measured, dataset_fingerprint.json, is not beside the plans: nobody can say what this comes from.')];
  if (spacing.length === 2) why.push(t('From slice to slice nothing is resampled.'));
  return { topic: t('Spacing'), choice, why };
}

function reasons(
  spacing: readonly number[],
  forward: readonly [number, number, number],
  fingerprint: Fingerprint,
  name: string,
): string[] {
  const target = targetSpacing(fingerprint);
  const planned = transposed(target, [...forward]).slice(-spacing.length);
  const ratio = spacing.map((mm, axis) => mm / planned[axis]!);
  if (ratio.every(isOne)) return [ruleFor(target, fingerprint)];
  const full = `${sizeText(inImageOrder(planned, { transpose_forward: [...forward] }))} mm`;
  if (name === '3d_lowres' && ratio.every((factor) => factor >= 1)) {
    const shape = medianResampledShape(fingerprint, target);
    return [
      t(
        'Coarser than the full resolution of {0}, at which the median case has {1} voxels: in steps of 3 %, until a patch sees a quarter of it.',
        full,
        sizeText([...shape].reverse()),
      ),
    ];
  }
  return [t('Chosen by a person, or for other cases: of these the planner would make {0}.', full)];
}

/** How the full resolution comes about. */
function ruleFor(target: readonly number[], { spacings }: Fingerprint): string {
  const cases = counted(spacings.length, 'training case');
  const medians = [0, 1, 2].map((axis) => median(spacings.map((one) => one[axis]!)));
  const special = target.findIndex((mm, axis) => !isOne(mm / medians[axis]!));
  if (special < 0) {
    const areAlike = spacings.every((one) => one.every((mm, axis) => isOne(mm / target[axis]!)));
    return areAlike ? t('That of all {0}.', cases) : t('Along each axis the median of {0}.', cases);
  }
  const axis = axisNames(3, { transpose_forward: [0, 1, 2] })[2 - special]!;
  return t(
    'The median of {0}, except along {1}: there voxels are more than three times as long as elsewhere, and few. The median, {2} mm, would throw away slices of the better cases, so the tenth part of the finest decides.',
    cases,
    axis,
    sizeText([medians[special]!]),
  );
}

/** But for rounding. */
const isOne = (ratio: number): boolean => Math.abs(ratio - 1) < 1e-4;
