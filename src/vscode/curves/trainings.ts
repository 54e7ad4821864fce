/** Which trainings can be shown as curves? Those that the store knows, the running ones and the latest first. */
import type { KnownTraining } from '../../jobs/knownJob';
import { foldTitle } from '../../runs/describe';

export interface Training {
  folder: string;
  dataset: string;
  configuration: string;
  /** "fold 0" */
  fold: string;
  model: string;
  isRunning: boolean;
}

export function listTrainings(known: readonly KnownTraining[]): Training[] {
  return [...known].sort(runningFirst).map(({ folder, status, training }) => {
    const { dataset, configuration, fold, trainer, plans } = training;
    const names = { dataset, configuration, fold: foldTitle(fold), model: `${trainer} · ${plans}` };
    return { folder, ...names, isRunning: status.state === 'running' };
  });
}

function runningFirst({ status: a }: KnownTraining, { status: b }: KnownTraining): number {
  const running = Number(b.state === 'running') - Number(a.state === 'running');
  return running || (b.updatedAt ?? '').localeCompare(a.updatedAt ?? '');
}

/** What a page shows before anybody has chosen: the running trainings, or else the latest. */
export function usualChoice(trainings: readonly Training[]): string[] {
  const running = trainings.filter(({ isRunning }) => isRunning);
  return (running.length > 0 ? running : trainings.slice(0, 1)).map(({ folder }) => folder);
}
