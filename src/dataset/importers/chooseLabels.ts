/** Which of several label files of one case are its reference segmentation. */
import { compareCodePoints } from '../names';
import type { UnusedFile } from './plan';
import type { ReadPath } from './words';

export interface PairedLabel {
  path: string;
  /** What this file shows if a case has several ("axon", "lesion"); may be empty. */
  part: string;
}

/** "case_seg_old", "case_seg_v2": the same segmentation again, not another structure. */
const versionWord =
  /^(old|older|new|newer|prev|previous|orig|original|backup|bak|copy|kopie|tmp|temp|draft|final|corrected|edited|fixed|revised|v\d+)$/;

function isOtherVersion({ part }: ReadPath): boolean {
  return part !== '' && part.split('_').every((word) => versionWord.test(word));
}

/** The first observer's, the clearest name; parts of one segmentation together. */
export function chooseLabels(labels: readonly ReadPath[]): {
  chosen: PairedLabel[];
  passedOver: UnusedFile[];
} {
  const passedOver: UnusedFile[] = [];
  const sorted = [...labels].sort(
    (a, b) => compareCodePoints(a.observer, b.observer) || compareCodePoints(a.path, b.path),
  );
  const plain = sorted.find(({ part }) => part === '');
  const bestRank = Math.max(...sorted.map(({ rank }) => rank));
  const chosen: ReadPath[] = [];
  for (const file of sorted) {
    if (plain && isOtherVersion(file)) {
      const reason = `it looks like another version of ${plain.path}, which was taken`;
      passedOver.push({ file: file.path, reason, code: 'other-label' });
      continue;
    }
    const rival = chosen.find((other) => other.part === file.part);
    if (file.rank < bestRank && sorted.some((other) => other.rank === bestRank && other.part === file.part)) {
      passedOver.push({
        file: file.path,
        reason: 'another mask of the same case is named more clearly as the reference',
        code: 'other-label',
      });
    } else if (rival) {
      const reason = file.observer
        ? `only the first observer's masks are used`
        : `another mask of the same case comes first`;
      passedOver.push({ file: file.path, reason, code: 'other-label' });
    } else chosen.push(file);
  }
  return { chosen: chosen.map(({ path, part }) => ({ path, part })), passedOver };
}
