/** Finds what a fold folder (or a single log file) tells about its training, and reads on as it grows. */
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseFoldFolderName, parseModelFolderName } from '../dataset/results';
import { readModelDatasetJson } from '../method/datasetJson';
import { RunError } from '../method/errors';
import { LabelManager } from '../method/labels';
import type { CurveState } from '../protocol/curves';
import type { RunEvent } from '../protocol/events';
import { AppendedLines } from '../storage/appendedLines';
import { epochsKept } from '../jobs/epochs';
import { EventReader, eventsFile, eventsFileName } from '../jobs/events';
import { epochsThatSuffice, IterationCurve } from './iterationCurve';
import { activeHolder } from '../dataset/foldLock';
import { ProgressCsvParser, TrainingLogParser } from './nnunetLogs';
import { TrainingCurves, rowOfEvent } from './trainingCurves';

/** A file that holds epochs. */
interface EpochLog {
  readonly hasMore: boolean;
  /**
   * Understands the next slice.
   * @param replaced  called first where another log was found in the place; says whether the slice is still wanted
   * @returns whether it was
   */
  take(replaced: () => boolean): boolean;
}

/** What a training is called, by its place and its files. */
export interface CurveNames {
  /** DatasetXXX_Name, where it can be told. */
  dataset: string;
  /** Trainer, plans and configuration in nnU-Net's way, or ''. */
  model: string;
  configuration: string;
  /** "0", "all", or ''. */
  fold: string;
  classNames: string[];
}

export class CurveSource {
  readonly curves = new TrainingCurves();
  readonly iterations = new IterationCurve();
  private logs: EpochLog[] = [];
  private log: TrainingLogParser | undefined;
  private kind: 'events' | 'log' | 'csv' | undefined;
  private finished: CurveState | undefined;
  private planned: number | null = null;
  private facts: DebugFacts | undefined;
  /** The first row that a reading has changed. */
  private changedFrom: number | undefined;

  /** @param path  a fold folder, a training_log_….txt, a progress.csv or an events.jsonl */
  constructor(readonly path: string) {
    if (basename(path) === eventsFileName) this.path = dirname(path);
  }

  /**
   * Takes in what was appended, a slice at most.
   * @returns the first row that changed (undefined: none did), and whether there is more to read at once
   */
  read(): { changedFrom: number | undefined; hasMore: boolean } {
    this.lookForLogs();
    this.changedFrom = undefined;
    for (const log of this.logs) {
      const goesOn = log.take(() => this.takeReplacement());
      if (!goesOn || log.hasMore) return { changedFrom: this.changedFrom, hasMore: true };
    }
    return { changedFrom: this.changedFrom, hasMore: false };
  }

  get plannedEpochs(): number | null {
    return this.planned ?? (this.facts ??= debugFacts(this.folder)).epochs;
  }

  /** Whether its iterations are all there is to draw. */
  get drawsIterations(): boolean {
    return this.curves.length < epochsThatSuffice;
  }

  get state(): CurveState {
    if (this.kind === 'events') {
      if (activeHolder(this.path)) return 'running';
      return this.finished ?? 'interrupted';
    }
    const { plannedEpochs } = this;
    if (this.log?.isComplete || (plannedEpochs !== null && this.curves.length >= plannedEpochs)) return 'finished';
    return 'unknown';
  }

  get names(): CurveNames {
    return curveNames(this.folder);
  }

  /** The text log that a person would read: nnU-Net's, or the file itself. */
  get logFile(): string | undefined {
    if (this.folder !== this.path) return this.path;
    return trainingLogs(this.path).at(-1) ?? existing(join(this.path, 'core.log'));
  }

  private get folder(): string {
    return isFile(this.path) ? dirname(this.path) : this.path;
  }

  /** A run that was just started has its log a moment later, so this is asked again until there is one. */
  private lookForLogs(): void {
    if (this.kind === 'events' || (this.kind === 'csv' && this.folder !== this.path)) return;
    const found = findLogs(this.path);
    if (found.kind === this.kind && found.files.length === this.logs.length) return;
    this.forget();
    this.kind = found.kind;
    this.log = found.kind === 'log' ? new TrainingLogParser() : undefined;
    this.logs = found.files.map((file) => (found.kind === 'events' ? this.eventLog() : this.textLog(file)));
  }

  private eventLog(): EpochLog {
    const reader = new EventReader(eventsFile(this.path));
    return followed(
      reader,
      () => reader.read({ iterations: this.drawsIterations ? 'all' : 'none' }),
      (event) => this.takeEvent(event),
    );
  }

  private textLog(file: string): EpochLog {
    const lines = new AppendedLines(file);
    const parser = this.kind === 'csv' ? new ProgressCsvParser() : this.log!;
    return followed(
      lines,
      () => lines.read(),
      ({ text }) => {
        const row = parser.line(text);
        if (row) this.changed(this.curves.add(row));
      },
    );
  }

  private takeEvent(event: RunEvent): void {
    if (event.type === 'iteration') {
      if (this.drawsIterations) this.iterations.add(event);
      return;
    }
    this.finished = undefined;
    if (event.type === 'finished') this.finished = event.state === 'done' ? 'finished' : event.state;
    const kept = epochsKept(event);
    const { length } = this.curves;
    if (kept !== undefined && this.curves.takeBack(kept) < length) this.changed(this.curves.length);
    // The end of an epoch keeps its iterations; a training that goes on from a checkpoint trains later ones again.
    if (kept !== undefined && event.type === 'stage') this.iterations.takeBack(kept);
    if (event.type !== 'epoch' || !Array.isArray(event.dice)) return;
    this.planned = event.epochs;
    this.changed(this.curves.add(rowOfEvent(event)));
  }

  /** Another run has taken the folder. @returns whether its log is the same one */
  private takeReplacement(): boolean {
    this.forget();
    this.changed(0);
    return this.kind === 'events';
  }

  private changed(row: number): void {
    this.changedFrom = Math.min(this.changedFrom ?? row, row);
  }

  private forget(): void {
    this.curves.clear();
    this.iterations.takeBack(0);
    this.finished = undefined;
    this.planned = null;
    this.facts = undefined;
    if (this.kind !== 'events') {
      this.kind = undefined;
      this.logs = [];
    }
  }
}

/** A log's entries, each given to whoever understands it. */
function followed<Entry>(
  reader: { readonly replacements: number; readonly hasMore: boolean },
  read: () => Entry[],
  understand: (entry: Entry) => void,
): EpochLog {
  return {
    get hasMore() {
      return reader.hasMore;
    },
    take(replaced) {
      const before = reader.replacements;
      const entries = read();
      if (reader.replacements > before && !replaced()) return false;
      entries.forEach(understand);
      return true;
    },
  };
}

/**
 * Reads a source to its present end, with pauses so that a long log does not hold up the program.
 * @returns the first row that changed, or undefined
 */
export async function readAll(source: CurveSource): Promise<number | undefined> {
  let changedFrom: number | undefined;
  for (;;) {
    const step = source.read();
    if (step.changedFrom !== undefined) changedFrom = Math.min(changedFrom ?? Infinity, step.changedFrom);
    if (!step.hasMore) return changedFrom;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** @throws RunError `no-training-log` where nothing tells of a training */
export function requireCurves(path: string): void {
  if (fs.existsSync(path) && findLogs(path).files.length > 0) return;
  throw new RunError('no-training-log', 'Nothing here tells of a training', {
    where: path,
    hint: 'Choose a fold folder, or one of its files training_log_….txt or progress.csv.',
  });
}

/** The files that tell about a training in a fold folder, ours before nnU-Net’s. */
function findLogs(path: string): { kind: 'events' | 'log' | 'csv' | undefined; files: string[] } {
  if (isFile(path)) return { kind: path.endsWith('.csv') ? 'csv' : 'log', files: [path] };
  if (fs.existsSync(eventsFile(path))) return { kind: 'events', files: [eventsFile(path)] };
  const csv = join(path, 'progress.csv');
  if (fs.existsSync(csv)) return { kind: 'csv', files: [csv] };
  const files = trainingLogs(path);
  return { kind: files.length > 0 ? 'log' : undefined, files };
}

/** nnU-Net starts a new log whenever a training is resumed; oldest first. */
function trainingLogs(folder: string): string[] {
  if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return fs
    .readdirSync(folder)
    .filter((name) => /^training_log.*\.txt$/.test(name))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => join(folder, name));
}

/** By the path, and where that says nothing by nnU-Net's debug.json. */
function curveNames(folder: string): CurveNames {
  const model = dirname(folder);
  const parsed = parseModelFolderName(basename(model));
  const fold = parseFoldFolderName(basename(folder));
  const facts = debugFacts(folder);
  const datasetFolder = basename(dirname(model));
  return {
    dataset: facts.dataset ?? (/^Dataset\d{3}_/.test(datasetFolder) ? datasetFolder : ''),
    model: basename(model),
    configuration: parsed?.configuration ?? facts.configuration ?? '',
    fold: fold === undefined ? '' : String(fold),
    classNames: namesOfClasses(model) ?? namesOfClasses(folder) ?? facts.classNames,
  };
}

function namesOfClasses(folder: string): string[] | undefined {
  const file = join(folder, 'dataset.json');
  try {
    return new LabelManager(readModelDatasetJson(fs.readFileSync(file, 'utf8'), file, 'evaluation')).foregroundNames;
  } catch {
    // Absent or damaged: the classes have numbers then. Checking a dataset is for others.
    return undefined;
  }
}

interface DebugFacts {
  epochs: number | null;
  configuration?: string;
  dataset?: string;
  classNames: string[];
}

/** What nnU-Net's debug.json tells: text that Python printed, so only what can be read from it without doubt. */
function debugFacts(folder: string): DebugFacts {
  try {
    const facts = JSON.parse(fs.readFileSync(join(folder, 'debug.json'), 'utf8')) as Record<string, unknown>;
    const text = (key: string): string => String(facts[key] ?? '');
    const epochs = Number(text('num_epochs') || NaN);
    return {
      epochs: Number.isInteger(epochs) ? epochs : null,
      configuration: text('configuration_name') || undefined,
      dataset: /'dataset_name': '(Dataset\d{3}_[^']+)'/.exec(text('my_init_kwargs'))?.[1],
      classNames: printedLabels(text('dataset_json')),
    };
  } catch {
    return { epochs: null, classNames: [] };
  }
}

/** The names of plain foreground labels in a printed Python dictionary, in the order of their values. */
function printedLabels(text: string): string[] {
  const labels = /'labels': \{([^{}[\]()]*)\}/.exec(text)?.[1];
  if (labels === undefined) return [];
  return [...labels.matchAll(/'([^']*)': (\d+)/g)]
    .map(([, name, value]) => ({ name: name!, value: Number(value) }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => a.value - b.value)
    .map(({ name }) => name);
}

function isFile(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function existing(file: string): string | undefined {
  return fs.existsSync(file) ? file : undefined;
}
