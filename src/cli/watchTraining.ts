/** Shows a training's events as they come, passes Ctrl-C on to it, and reports how it ended. */
import { requestStop } from '../jobs/control';
import { eventsFile, EventReader } from '../jobs/events';
import { followFrom } from '../jobs/followJob';
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
  course: TrainingCourse;
  /** Names of the classes, in the order of the events' Dice. */
  classNames: readonly string[];
  output: Output;
  /** Called at the first Ctrl-C. */
  onInterrupt: () => Promise<void>;
  /** Ends it at once. */
  kill: () => Promise<void>;
  /** Asked where it has let go of its folder without an end. */
  goesOn: () => Promise<boolean>;
}

export interface TrainingResult {
  /** Exit code of whoever followed it. */
  code: number;
  /** What --json prints; absent where its process is gone. */
  result?: Record<string, unknown>;
}

/** What was shown of a training so far, in all the starts that a scheduler gave it while it was followed. */
export class TrainingCourse {
  progress: RunProgress = {};
  private readonly reader: EventReader;
  private starts = 0;
  private lastEpoch = -1;

  constructor(private readonly folder: string) {
    this.reader = new EventReader(eventsFile(folder));
  }

  async *events({ eventsOffset, startTime }: RunRecord): AsyncGenerator<{ event: RunEvent; isNews: boolean }> {
    this.starts += 1;
    // A later start writes behind what was read already, whether or not it has said so in run.json yet.
    if (this.starts === 1) this.reader.seek(eventsOffset);
    for await (const event of followFrom(this.reader, this.folder)) {
      this.progress = applyEvent(this.progress, event);
      // An earlier start's epochs are written again where its log lost them: no news to who was not there.
      const isNews = this.starts > 1 ? !this.isShown(event) : event.time >= startTime;
      if (event.type === 'epoch') this.lastEpoch = Math.max(this.lastEpoch, event.epoch);
      yield { event, isNews };
    }
  }

  private isShown(event: RunEvent): boolean {
    return event.type === 'epoch' && event.epoch <= this.lastEpoch;
  }
}

export async function watchTraining({
  folder,
  record,
  course,
  classNames,
  output,
  onInterrupt,
  kill,
  goesOn,
}: Watched): Promise<TrainingResult | 'goes-on'> {
  const release = passOnInterrupts({ folder, record, output, onInterrupt, kill });
  let error: ErrorEvent | undefined;
  let finished: FinishedEvent | undefined;
  try {
    for await (const { event, isNews } of course.events(record)) {
      if (isNews) show(event, classNames, output);
      if (event.type === 'error') error = event;
      if (event.type === 'finished') finished = event;
    }
  } finally {
    release();
  }
  const { progress } = course;
  const seconds = (Date.parse(finished?.time ?? new Date().toISOString()) - Date.parse(record.startTime)) / 1000;
  if (!finished) {
    if (await goesOn()) return 'goes-on';
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
  // How it ended is told at the end.
  if (event.type === 'error' || event.type === 'finished') return;
  if (output.json) {
    output.event(event);
    return;
  }
  switch (event.type) {
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
    default:
      output.event(event);
  }
}

/** First: stop and validate. Second: stop without validation. Third: kill. */
function passOnInterrupts({
  folder,
  record,
  output,
  onInterrupt,
  kill,
}: Pick<Watched, 'folder' | 'record' | 'output' | 'onInterrupt' | 'kill'>): () => void {
  let count = 0;
  const tell = (error: unknown): void => output.warn(String((error as Error)?.message ?? error));
  const onSignal = (): void => {
    count += 1;
    if (count > 2) {
      const told = `Killed run ${record.id}. Continue it from its last checkpoint with --resume.`;
      kill().then(() => output.note(told), tell);
      return;
    }
    try {
      requestStop(folder, { validate: count === 1 });
    } catch {
      return; // It ended in the meantime.
    }
    if (count === 1) {
      onInterrupt().catch(tell);
      output.note(
        'Stopping: the training finishes this iteration, saves and validates. (Ctrl-C again: do not validate)',
      );
    } else output.note('Stopping without validation. (Ctrl-C again: kill it)');
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
