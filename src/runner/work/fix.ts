/** Work of a job "fix": corrects what a check finds and what can be corrected safely, then checks again. */
import { finishInterruptedFix, fixDataset } from '../../dataset/fixDataset';
import type { CheckRequest } from '../../jobs/requests';
import type { FixedDataset } from '../../jobs/results';
import { check } from './check';
import type { WorkContext } from './context';

export async function fix(request: CheckRequest, context: WorkContext): Promise<FixedDataset> {
  const { raw } = request.folders;
  const renamed = await finishInterruptedFix(raw);
  const before = await check(request, context);
  const { fixed, failed, backupFolder } = await fixDataset(raw, before.findings);
  const after = fixed.length > 0 ? await check(request, context) : before;
  return { ...after, fixed, notFixed: failed, renamed, backupFolder };
}
