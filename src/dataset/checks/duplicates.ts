/** Finds cases with the very same images: in training and validation at once they make results look better than they are. */
import type { Finding } from '../findings';
import type { CaseCheck } from './volumes';

export function findDuplicates(checks: readonly CaseCheck[]): Finding[] {
  const byHash = new Map<string, string>();
  const findings: Finding[] = [];
  for (const { id, hash } of checks) {
    if (!hash) continue;
    const earlier = byHash.get(hash);
    if (earlier === undefined) byHash.set(hash, id);
    else {
      const message = `The images of this case are the same as those of ${earlier}: one of the two should go`;
      findings.push({ case: id, code: 'duplicate-images', severity: 'warning', message });
    }
  }
  return findings;
}
