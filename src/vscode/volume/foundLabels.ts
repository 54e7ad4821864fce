/** What are the labels that occur in a segmentation called, and which of them are nowhere named? */
import { t } from '@vscode/l10n';
import type { LabelInfo, SegmentationLoaded } from '../../protocol/volume';

/**
 * @param counts  without background
 * @param name    of the segmentation
 */
export function foundLabels(
  counts: readonly { value: number; voxels: number }[],
  labelNames: readonly LabelInfo[],
  name: string,
): Pick<SegmentationLoaded, 'labels' | 'warnings'> {
  const known = new Map(labelNames.map((label) => [label.value, label]));
  const found = [...counts].sort((a, b) => a.value - b.value);
  const strange = known.size > 0 ? found.map(({ value }) => value).filter((value) => !known.has(value)) : [];
  const few = strange.slice(0, 8).join(', ') + (strange.length > 8 ? ', …' : '');
  const message = t('{0} has labels that dataset.json does not name: {1}.', name, few);
  return {
    labels: found.map(({ value, voxels }) => ({ ...(known.get(value) ?? unnamed(value)), voxels })),
    warnings: strange.length > 0 ? [{ code: 'undeclared-labels', message }] : [],
  };
}

const unnamed = (value: number): LabelInfo => ({ value, name: t('Label {0}', value), isIgnored: false });
