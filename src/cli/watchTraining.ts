/** Shows a training's events as they come, passes Ctrl-C on to it, and reports how it ended. */
import { killRun, requestStop } from '../jobs/control';
import { followRun } from '../jobs/follow';
import type { RunRecord } from '../jobs/runFolder';
import { applyEvent, type RunProgress } from '../jobs/status';
import type { ErrorEvent, FinishedEvent, RunEvent } from '../protocol/events';
import { counted } from '../words/counted';
import { RunError } from '../method/errors';
import { epochLine } from '../runs/describe';
import { formatDuration } from '../runs/duration';
import type { Output } from './output';

interface Watched {
  folder: string;
  record: RunRecord;
  /** Names of the classes, in the order of the events' Dice. */
  classNames: readonly string[];
  output: Output;
  /** Called at the first Ctrl-C. */
  onInterrupt?: () => Promise<void>;
  /** Asked where it has let go of its folder without an end. */
  goesOn?: () => Promise<boolean>;
}

export interface TrainingResult {
  /** Exit code of whoever followed it. */
  code: number;
  /** What --json prints; absent where its process is gone. */
  result?: Record<string, unknown>;
}

export async function watchTraining({
  folder,
  record,
  classNames,
  output,
  onInterrupt,
  goesOn,
}: Watched): Promise<TrainingResult | 'goes-on'> {
  const release = passOnInterrupts(folder, record.id, output, onInterrupt);
  let progress: RunProgress = {};
  let error: ErrorEvent | undefined;
  let finished: FinishedEvent | undefined;
  try {
    for await (const event of followRun(folder, record.eventsOffset)) {
      progress = applyEvent(progress, event);
      // An earlier start's epochs are written again where its log lost them: no news.
      if (event.time >= record.startTime) show(event, classNames, output);
      if (event.type === 'error') error = event;
      if (event.type === 'finished') finished = event;
    }
  } finally {
    release();
  }
  const seconds = (Date.parse(finished?.time ?? new Date().toISOString()) - Date.parse(record.startTime)) / 1000;
  if (!finished) {
    if (await goesOn?.()) return 'goes-on';
    output.error(
      new RunError('run-interrupted', 'The training was interrupted: its process is gone', {
        where: folder,
        hint: 'Continue it with --resume; core.log may say why.',
      }),
    );
    return { code: 1 };
  }
  if (finished.state === 'failed') {
    output.error(
      error
        ? new RunError(error.code, error.message, error)
        : new RunError('run-failed', 'The training failed', { where: folder, hint: 'core.log may say why.' }),
    );
    return { code: 1, result: { ...finished, folder, epochs: progress.epoch ?? 0, seconds, error } };
  }
  const dice =
    typeof finished.meanDice === 'number' ? `, mean Dice ${finished.meanDice.toFixed(4)} on the validation cases` : '';
  output.line(
    `${finished.state === 'done' ? 'Trained' : 'Stopped after'} ${counted(progress.epoch ?? 0, 'epoch')} in ${formatDuration(seconds)}${dice}.`,
  );
  output.line(`Model: ${folder}`);
  return { code: 0, result: { ...finished, folder, epochs: progress.epoch ?? 0, seconds } };
}

function show(event: RunEvent, classNames: readonly string[], output: Output): void {
  switch (event.type) {
    case 'stage':
      output.progress(event);
      return;
    case 'iteration': {
      const { iteration, iterations, epoch, loss } = event;
      output.progress({
        stage: `Epoch ${epoch + 1}`,
        state: 'progress',
        done: iteration + 1,
        total: iterations,
        message: `loss ${loss?.toFixed(4) ?? 'NaN'}`,
        isDetail: true,
      });
      return;
    }
    case 'epoch':
      output.note(epochLine(event, classNames));
      return;
    case 'warning':
      output.warn(event.message);
      return;
    default:
  }
}

/** First: stop and validate. Second: stop without validation. Third: kill. */
function passOnInterrupts(
  folder: string,
  id: string,
  output: Output,
  onInterrupt: () => Promise<void> = () => Promise.resolve(),
): () => void {
  let count = 0;
  const onSignal = (): void => {
    count += 1;
    try {
      if (count === 1) {
        requestStop(folder);
        onInterrupt().catch((error: unknown) => output.warn(String((error as Error)?.message ?? error)));
        output.note(
          'Stopping: the training finishes this iteration, saves and validates. (Ctrl-C again: do not validate)',
        );
      } else if (count === 2) {
        requestStop(folder, { validate: false });
        output.note('Stopping without validation. (Ctrl-C again: kill it)');
      } else {
        killRun(folder);
        output.note(`Killed run ${id}. Continue it from its last checkpoint with --resume.`);
      }
    } catch {
      // It ended in the meantime.
    }
  };
  const names = ['SIGINT', 'SIGTERM'] as const;
  // The command line's own handlers would abort the command; the training is to end in order instead.
  const others = names.map((name) => process.listeners(name));
  for (const name of names) {
    process.removeAllListeners(name);
    process.on(name, onSignal);
  }
  return () => {
    names.forEach((name, index) => {
      process.removeListener(name, onSignal);
      for (const listener of others[index]!) process.on(name, listener as NodeJS.SignalsListener);
    });
  };
}
