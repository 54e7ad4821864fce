/** Which labels that dataset.json declares occur in no case: nothing can be learned about them. */
import { keysInFileOrder } from '../../method/jsonReader';
import type { Finding } from '../findings';
import { type DatasetDescription, positionOfKey } from './datasetJson';
import type { CaseCheck } from './volumes';

/** Says nothing where a label could not be read: what is missing may be there. */
export function findAbsentLabels(
  { datasetJson, text, findings }: DatasetDescription,
  checks: readonly CaseCheck[],
): Finding[] {
  // The check renumbered the labels to go on.
  if (findings.some(({ code }) => code === 'dataset-json-consecutive')) return [];
  if (checks.length === 0 || checks.some(({ values }) => values === undefined)) return [];
  const { labels } = datasetJson!;
  const present = new Set(checks.flatMap(({ values }) => values!));
  const foreground = Object.entries(labels).flatMap(([name, value]) => (name === 'ignore' ? [] : value));
  if (!foreground.some((value) => value !== 0 && present.has(value))) {
    const message = `No label file has anything but background: not one voxel of ${namesOf(labels)}. Were the masks lost when they were converted?`;
    return [{ file: 'labelsTr', code: 'no-foreground', severity: 'error', message }];
  }
  return keysInFileOrder(labels).flatMap((name): Finding[] => {
    const values = [labels[name]!].flat();
    if (values.some((value) => value === 0 || present.has(value))) return [];
    const what = values.length === 1 ? `value ${values[0]}` : `values ${values.join(', ')}`;
    const message = `The label "${name}" (${what}) occurs in no case: nothing can be learned about it`;
    const place = positionOfKey(text, ['labels', name]);
    return [{ file: 'dataset.json', ...place, code: 'label-never-occurs', severity: 'warning', message, values }];
  });
}

function namesOf(labels: Record<string, unknown>): string {
  const names = keysInFileOrder(labels).filter((name) => name !== 'background' && name !== 'ignore');
  return names.length > 5 ? `${names.slice(0, 5).join(', ')}, …` : names.join(', ');
}
