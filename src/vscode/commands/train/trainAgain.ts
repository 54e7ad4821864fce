/** "Train Again with the New Cases": a trained fold goes on learning, with the cases that the dataset has now. */
import { t } from '@vscode/l10n';
import { againRequest } from '../../../jobs/startingRequest';
import { askFirst } from '../../notify';
import type { Services } from '../../services';
import { pickJob, type JobArgument } from '../../tasks/pickJob';
import { requireRecord } from './recordOf';
import { startRequests } from './trainCommand';

export async function trainAgain(services: Services, argument: JobArgument): Promise<void> {
  const folder = await pickJob(services, argument, {
    title: t('Train Again with the New Cases'),
    isOfTrainings: true,
    states: ['finished', 'stopped', 'interrupted'],
    none: t('There is no training that could be trained again.'),
  });
  if (folder === undefined) return;
  const request = await againRequest(requireRecord(services, folder));
  const start = t('Train Again');
  const chosen = await askFirst(
    'information',
    t('Train fold {0} of {1} again, with all cases that the dataset has now?', request.fold, request.configuration),
    t(
      'It begins with what it has learned and is trained as long as before. New cases join the folds. The earlier training is kept in the folder earlier_runs.',
    ),
    start,
  );
  if (chosen === start) await startRequests(services, [request]);
}
