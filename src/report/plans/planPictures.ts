/** Small drawings of what was planned: where the spacings lie, how much of an image a patch is, the stages of the network. */
import { t } from '@vscode/l10n';
import { targetSpacing } from '../../method/planner/targetSpacing';
import type { Fingerprint } from '../../method/fingerprint';
import type { Configuration, Plans } from '../../method/plans';
import { threeDigits } from '../../words/quantities';
import { roundTicks } from '../charts';
import { dot, drawing, group, line, rectangle, text } from '../svg';
import { medianSize } from './explainPatch';
import { axisNames, inImageOrder, sizeText } from './imageOrder';

/** One row for each axis: a dot for each case, a stroke where all are resampled to. */
export function spacingPicture(fingerprint: Fingerprint): string {
  const { spacings } = fingerprint;
  const target = targetSpacing(fingerprint);
  const [width, left, right, rowHeight] = [640, 40, 30, 26];
  const values = [...spacings.flat(), ...target];
  const ticks = roundTicks(0, Math.max(...values));
  const x = (mm: number): number => left + (mm / ticks.at(-1)!) * (width - left - right);
  const height = 3 * rowHeight;
  const rows = axisNames(3, { transpose_forward: [0, 1, 2] }).flatMap((name, row) => {
    const y = (row + 0.5) * rowHeight;
    const dots = spacings.map((spacing) => dot(x(spacing[2 - row]!), y, 4, 'model0'));
    const at = x(target[2 - row]!);
    return [text(left - 12, y + 4, name, 'end'), ...dots, group('model1', [line(at, y - 10, at, y + 10, 'middle')])];
  });
  const axis = ticks.flatMap((mm) => [
    line(x(mm), 4, x(mm), height, 'grid'),
    text(x(mm), height + 16, `${threeDigits(mm)} mm`, 'middle'),
  ]);
  const title = t('Spacings of the training cases along each axis, and what all are resampled to');
  return drawing(title, [width, height + 24], [...axis, ...rows]);
}

/** The patch in the median image, to scale: from the front, and in 3D from the side. */
export function patchPicture(configuration: Configuration, plans: Plans): string {
  const order = (values: readonly number[]): number[] => inImageOrder(values, plans);
  const { patch_size: patch, spacing } = configuration;
  const step = order(spacing.slice(-patch.length));
  const [image, part] = [order(medianSize(configuration)), order(patch)].map((voxels) =>
    voxels.map((count, axis) => count * step[axis]!),
  ) as [number[], number[]];
  const names = axisNames(patch.length, plans);
  const views =
    patch.length === 2
      ? [[0, 1]]
      : [
          [0, 1],
          [0, 2],
          [1, 2],
        ];
  const [side, gap, top] = [150, 40, 20];
  const scale = side / Math.max(...image, ...part);
  let x = 2;
  const parts: string[] = [];
  for (const [across, along] of views as [number, number][]) {
    const size = [across, along].map((axis) => image[axis]! * scale) as [number, number];
    const inner = [across, along].map((axis) => part[axis]! * scale) as [number, number];
    const box = [Math.max(size[0], inner[0]), Math.max(size[1], inner[1])] as const;
    const place = (edges: readonly [number, number], kind: string): string =>
      rectangle(x + (box[0] - edges[0]) / 2, top + (box[1] - edges[1]) / 2, edges[0], edges[1], kind);
    parts.push(text(x, 12, `${names[across]} × ${names[along]}`, 'start'));
    parts.push(group('model0', [place(size, 'outline')]), group('model1', [place(inner, 'patch')]));
    x += Math.max(box[0], 44) + gap;
  }
  const title = t('The median image, and within it the patch that the network sees at once, to scale');
  return drawing(title, [Math.max(x - gap + 2, 420), top + side + 4], parts);
}

/** The U: for each stage what goes down and what comes up; as tall as its maps are long, as wide as it has features. */
export function stagesPicture(configuration: Configuration, plans: Plans): string {
  const { features_per_stage: features, strides, n_stages: stages } = configuration.architecture.arch_kwargs;
  const sizes = strides.map((_, stage) =>
    configuration.patch_size.map((voxels, axis) =>
      strides.slice(0, stage + 1).reduce((left, stride) => left / stride[axis]!, voxels),
    ),
  );
  const most = Math.max(...sizes[0]!);
  const [width, rowGap, top] = [640, 12, 6];
  let y = top;
  const parts: string[] = [];
  let above: { y: number; left: number; right: number } | undefined;
  for (const [stage, size] of sizes.entries()) {
    // By square roots: the lowest stages have edges of 4 voxels.
    const height = 10 + 34 * Math.sqrt(Math.max(...size) / most);
    const boxWidth = 8 + 6 * Math.log2(features[stage]!);
    const indent = (stage * (width / 2 - 200)) / Math.max(1, stages - 1);
    const isBottom = stage === stages - 1;
    const [left, right] = isBottom
      ? [width / 2 - boxWidth / 2, width / 2 - boxWidth / 2]
      : [indent + 20, width - indent - 20 - boxWidth];
    parts.push(
      group('model0', [
        rectangle(left, y, boxWidth, height),
        ...(isBottom ? [] : [rectangle(right, y, boxWidth, height)]),
      ]),
    );
    const words = t('{0} features, {1}', features[stage]!, sizeText(inImageOrder(size, plans)));
    if (isBottom) parts.push(text(left + boxWidth + 10, y + height / 2 + 4, words, 'start'));
    else {
      parts.push(line(left + boxWidth + 4, y + height / 2, width / 2 - 95, y + height / 2, 'limit'));
      parts.push(line(width / 2 + 95, y + height / 2, right - 4, y + height / 2, 'limit'));
      parts.push(text(width / 2, y + height / 2 + 4, words, 'middle'));
    }
    if (above) {
      parts.push(line(above.left, above.y, left + boxWidth / 2, y));
      parts.push(line(above.right, above.y, right + boxWidth / 2, y));
    }
    above = { y: y + height, left: left + boxWidth / 2, right: right + boxWidth / 2 };
    y += height + rowGap;
  }
  const title = t('The stages of the network: down on the left, up on the right');
  return drawing(title, [width, y], parts);
}
