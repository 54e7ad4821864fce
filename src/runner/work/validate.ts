/** Work of a job "validate": a trained fold's masks and probabilities of its validation cases, where its training has not left them. */
import type { ValidateRequest } from '../../jobs/requests';
import type { ValidatedFold } from '../../jobs/results';
import { revalidateStage } from '../../pipeline/prediction/revalidate';
import { datasetOf } from '../request';
import type { WorkContext } from './context';
import { finiteOrNull } from '../../method/finiteOrNull';

export async function validate(request: ValidateRequest, context: WorkContext): Promise<ValidatedFold> {
  const { trainer, plans, configuration } = request;
  const dataset = await datasetOf(request);
  const model = { trainer, plans, configuration };
  const { folder, cases, summary } = await revalidateStage({
    ...context,
    note: (text) => context.note(text),
    ...request,
    dataset,
    model,
  });
  return { folder, cases, meanDice: finiteOrNull(summary.foreground_mean.Dice) };
}
