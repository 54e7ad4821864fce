/** Work of a job "train": a training from whatever is there to a validated model, in its fold folder. */
import { readEpochs } from '../../jobs/epochs';
import type { TrainedFold } from '../../jobs/results';
import type { RunRequest } from '../../jobs/runFolder';
import type { Session } from '../session';
import { runTraining } from '../training';
import { TrainingSession } from '../trainingSession';
import type { WorkContext } from './context';

export async function train(request: RunRequest, _context: WorkContext, session: Session): Promise<TrainedFold> {
  const training = TrainingSession.begin(session, request);
  const { state, meanDice } = await runTraining(training);
  const last = readEpochs(session.folder).at(-1);
  return {
    state,
    ...(meanDice !== undefined && { meanDice }),
    folder: session.folder,
    epochs: last ? last.epoch + 1 : 0,
    seconds: (Date.now() - Date.parse(training.startTime)) / 1000,
  };
}
