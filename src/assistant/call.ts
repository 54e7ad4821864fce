/** What does one call of an assistant work with? The person's folders, and the names that are hidden from it. */
import type { DatasetReference } from '../dataset/references';
import type { Roots } from '../dataset/roots';
import type { LaunchChoice } from '../jobs/job';
import { NnunetError } from '../method/errors';
import { learnDataset, learnFolder, learnPaths, learnRoots } from './datasetNames';
import { HiddenNames, withoutMarks } from './hiddenNames';
import { namedDataset, rootsAround } from './namedDataset';

/** How far a call is: what reads images takes a while. No words: they would name cases. */
type CallProgress = (done: number, total: number) => void;

/** What an assistant is told: a short text for the person, and the same as data. Names are hidden when it leaves. */
export interface Answer {
  text: string;
  data: Record<string, unknown>;
}

export interface AssistantSettings {
  /** Of each folder of a workspace that holds datasets; at least one. */
  roots: readonly Roots[];
  /** The person allows that names of cases, files and folders are told. */
  shareNames: boolean;
  /** Who runs what is started. @throws UsageError `cluster-setting` */
  launch(): LaunchChoice;
}

/** The names that were given stay the same as long as the program runs. */
export class NamesOfDatasets {
  private readonly known = new Map<string, HiddenNames>();

  /** Of one dataset as it is now; without one: for words about none in particular. */
  async of(
    { roots, shareNames }: Pick<AssistantSettings, 'roots' | 'shareNames'>,
    dataset?: DatasetReference,
  ): Promise<HiddenNames> {
    const key = JSON.stringify([shareNames, dataset?.raw]);
    let names = this.known.get(key);
    if (!names) {
      names = new HiddenNames(shareNames);
      this.known.set(key, names);
      for (const one of roots) learnRoots(names, one);
    }
    if (dataset) await learnDataset(names, dataset);
    return names;
  }
}

export class Call {
  /** Of what the call is about; they hide what it says, its failure too. */
  names: HiddenNames;
  /** Of the folder that the dataset lies in which it is about. */
  roots: Roots;

  private constructor(
    readonly settings: AssistantSettings,
    private readonly known: NamesOfDatasets,
    readonly signal: AbortSignal,
    readonly progress: CallProgress,
    strangers: HiddenNames,
  ) {
    this.names = strangers;
    this.roots = settings.roots[0]!;
  }

  static async begin(
    settings: AssistantSettings,
    known: NamesOfDatasets,
    { signal = new AbortController().signal, progress = () => undefined }: CallOptions = {},
  ): Promise<Call> {
    return new Call(settings, known, signal, progress, await known.of(settings));
  }

  /**
   * The dataset that is meant, by its number or name; from now on its names are hidden.
   * @throws as `namedDataset`
   */
  async dataset(reference: string): Promise<DatasetReference> {
    const dataset = await namedDataset(reference, this.settings.roots);
    this.roots = rootsAround(dataset, this.settings.roots);
    this.names = await this.namesOf(dataset);
    return dataset;
  }

  async namesOf(dataset: DatasetReference): Promise<HiddenNames> {
    return this.known.of(this.settings, dataset);
  }

  /** From now on the name of a folder that the person named is hidden, and the names in it. */
  async folder(path: string): Promise<void> {
    learnPaths(this.names, [path]);
    await learnFolder(this.names, path);
  }
}

export interface CallOptions {
  signal?: AbortSignal;
  progress?: CallProgress;
}

/** What leaves: an answer, or a failure in the same form. */
export interface Told extends Answer {
  isError?: true;
}

/** Does what a call asks for; whatever comes of it leaves without the names that are hidden. */
export async function answerCall(
  settings: AssistantSettings,
  known: NamesOfDatasets,
  options: CallOptions,
  work: (call: Call) => Promise<Answer>,
): Promise<Told> {
  const call = await Call.begin(settings, known, options);
  try {
    const answer = await work(call);
    return withoutMarks(call.names.hide(answer));
  } catch (error) {
    if (options.signal?.aborted) throw error;
    return withoutMarks(toldFailure(error, call.names));
  }
}

function toldFailure(error: unknown, names: HiddenNames): Told {
  const { code, message, hint, where } =
    error instanceof NnunetError
      ? error
      : new NnunetError('unexpected', error instanceof Error ? error.message : String(error));
  const told = {
    code,
    ...names.hide({ message, hint }),
    ...(where !== undefined && { where: whereFor(names, where) }),
  };
  return { isError: true, text: new NnunetError(code, told.message, told).oneLine, data: told };
}

/** A path as a whole; with what may stand behind it: line and column, keys. */
function whereFor(names: HiddenNames, where: string): string {
  const [, path, rest = ''] = /^(.*?)((?:[:,] ?[\w.[\]:]+)?)$/s.exec(where)!;
  return /[\\/]/.test(path!) ? `${names.hidePath(path!)}${rest}` : names.hide(where);
}
