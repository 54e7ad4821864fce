/** Finds what a fold folder (or a single log file) tells about its training, and reads on as it grows. */
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseFoldFolderName, parseModelFolderName } from '../dataset/results';
import { readModelDatasetJson } from '../method/datasetJson';
import { RunError } from '../method/errors';
import { LabelManager } from '../method/labels';
import type { CurveState } from '../protocol/curves';
import { AppendedLines } from '../storage/appendedLines';
import { epochsKept } from '../jobs/epochs';
import { eventsFile, parseEvent } from '../jobs/events';
import { epochsThatSuffice, IterationCurve } from './iterationCurve';
import { activeHolder } from '../dataset/foldLock';
import { ProgressCsvParser, TrainingLogParser } from './nnunetLogs';
import { TrainingCurves, rowOfEvent, type EpochRow } from './trainingCurves';

/** Most lines of an event log, and no epochs: passed over before they are parsed, once there are epochs to draw. */
const iterationPrefix = '{"type":"iteration"';

/** A file that holds epochs, and how its lines are understood. */
interface EpochLog {
  lines: AppendedLines;
  parse: (line: string) => EpochRow | undefined;
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

  /** @param path  a fold folder, a training_log_….txt, a progress.csv or an events.jsonl */
  constructor(readonly path: string) {
    if (basename(path) === 'events.jsonl') this.path = dirname(path);
  }

  /**
   * Takes in what was appended, a slice at most.
   * @returns the first row that changed (undefined: none did), and whether there is more to read at once
   */
  read(): { changedFrom: number | undefined; hasMore: boolean } {
    this.lookForLogs();
    let changedFrom: number | undefined;
    const changed = (row: number): void => {
      changedFrom = Math.min(changedFrom ?? row, row);
    };
    for (const log of this.logs) {
      const before = log.lines.replacements;
      const lines = log.lines.read();
      if (log.lines.replacements > before) {
        // Another run has taken the folder.
        this.forget();
        changed(0);
        if (this.kind !== 'events') return { changedFrom, hasMore: true };
      }
      for (const line of lines) {
        const length = this.curves.length;
        const row = log.parse(line);
        if (row) changed(this.curves.add(row));
        else if (this.curves.length < length) changed(this.curves.length);
      }
      if (log.lines.hasMore) return { changedFrom, hasMore: true };
    }
    return { changedFrom, hasMore: false };
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
    this.logs = found.files.map((file) => ({ lines: new AppendedLines(file), parse: this.parser() }));
  }

  private parser(): (line: string) => EpochRow | undefined {
    if (this.kind === 'csv') {
      const parser = new ProgressCsvParser();
      return (line) => parser.line(line);
    }
    if (this.kind === 'log') return (line) => this.log!.line(line);
    return (line) => this.eventRow(line);
  }

  private eventRow(line: string): EpochRow | undefined {
    if (line.startsWith(iterationPrefix)) {
      const event = this.curves.length < epochsThatSuffice ? parseEvent(line) : undefined;
      if (event?.type === 'iteration') this.iterations.add(event);
      return undefined;
    }
    const event = parseEvent(line);
    if (!event) return undefined;
    this.finished = undefined;
    if (event.type === 'finished') this.finished = event.state === 'done' ? 'finished' : event.state;
    const kept = epochsKept(event);
    if (kept !== undefined) this.curves.takeBack(kept);
    // The end of an epoch keeps its iterations; a training that goes on from a checkpoint trains later ones again.
    if (kept !== undefined && event.type === 'stage') this.iterations.takeBack(kept);
    if (event.type !== 'epoch' || !Array.isArray(event.dice)) return undefined;
    this.planned = event.epochs;
    return rowOfEvent(event);
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

/** Reads a whole source at once; for short logs and tests. */
export function readCurves(path: string): CurveSource {
  const source = new CurveSource(path);
  while (source.read().hasMore);
  return source;
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
export function findLogs(path: string): { kind: 'events' | 'log' | 'csv' | undefined; files: string[] } {
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
