/** What the classes of a summary.json are called: its keys are numbers of labels and regions. */
import { labelOrRegionKey } from './labels';

type Labels = Readonly<Record<string, number | readonly number[]>>;

/** Names by the keys of summary.json. @param labels  as in dataset.json */
export function classNames(labels: Labels): Record<string, string> {
  const names: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) {
    const values = [value].flat() as number[];
    // A region of one label may stand there as the label.
    names[String(value)] = name;
    names[labelOrRegionKey(values)] = name;
  }
  return names;
}
