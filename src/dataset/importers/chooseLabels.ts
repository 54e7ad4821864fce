/** Which of several label files of one case are its reference segmentation. */
import { compareCodePoints } from '../names';
import type { PairedLabel } from './pairing';
import type { ReadPath } from './words';

/** The first observer's, the clearest name; parts of one segmentation together. */
export function chooseLabels(labels: readonly ReadPath[]): {
  chosen: PairedLabel[];
  passedOver: { path: string; why: string }[];
} {
  const passedOver: { path: string; why: string }[] = [];
  const sorted = [...labels].sort(
    (a, b) => compareCodePoints(a.observer, b.observer) || compareCodePoints(a.path, b.path),
  );
  const bestRank = Math.max(...sorted.map(({ rank }) => rank));
  const chosen: ReadPath[] = [];
  for (const file of sorted) {
    const rival = chosen.find((other) => other.part === file.part);
    if (file.rank < bestRank && sorted.some((other) => other.rank === bestRank && other.part === file.part)) {
      passedOver.push({
        path: file.path,
        why: 'another label of the same case is named more clearly as the reference',
      });
    } else if (rival) {
      const why = file.observer
        ? `only the first observer's labels are used`
        : `another label of the same case comes first`;
      passedOver.push({ path: file.path, why });
    } else chosen.push(file);
  }
  return { chosen: chosen.map(({ path, part }) => ({ path, part })), passedOver };
}
