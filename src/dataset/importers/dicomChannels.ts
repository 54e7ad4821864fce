/** Which series of a DICOM source are the images of the cases, and which channel is each? */
import type { DrawnStructures } from '../../images/dicom/segments';
import { DatasetError } from '../../method/errors';
import { counted } from '../../words/counted';
import type { DicomSource, FoundSeries } from './dicomSource';
import type { SeriesKind, WantedChannel } from './plan';

export interface ChosenChannels {
  names: string[];
  /** Index of the channel; undefined for series that are none. */
  channelOf: (series: FoundSeries) => number | undefined;
  kinds: SeriesKind[];
}

/** "T1=*t1*,T2=*t2*"; a pattern without a name is called by its modality. @throws DatasetError `dicom-channels` */
export function parseChannels(text: string): WantedChannel[] {
  return text.split(',').map((part) => {
    const [name = '', ...rest] = part.split('=').map((word) => word.trim());
    const pattern = rest.join('=');
    if (name !== '' && pattern !== '') return { name, pattern };
    throw new DatasetError('dicom-channels', `"${part.trim()}" does not say which series a channel is`, {
      hint: 'Write NAME=PATTERN for each, for example T1=*t1*,FLAIR=*flair*; * stands for anything.',
    });
  });
}

/** Channels of series that were chosen from a list: one is called by its modality, several by what they are described as. */
export function channelsOfKinds(kinds: readonly string[]): WantedChannel[] {
  return kinds.map((kind) => {
    const [modality = '', ...rest] = kind.split(' ');
    const isOnly = kinds.length === 1 || rest.length === 0;
    return { name: isOnly ? channelName(modality) : rest.join(' '), pattern: kind };
  });
}

/** @throws DatasetError `dicom-choose-series` where only the person can know */
export function chooseChannels(
  source: string,
  found: DicomSource,
  drawnOn: ReadonlyMap<FoundSeries, DrawnStructures[]>,
  wanted: readonly WantedChannel[] | undefined,
): ChosenChannels {
  const usable = found.series.filter(({ stack }) => stack);
  const kinds = kindsOf(usable, drawnOn);
  const chosen = wanted ? named(wanted, usable) : drawn(drawnOn);
  if (chosen && usable.some((series) => chosen.channelOf(series) !== undefined))
    return { ...chosen, kinds: withChannels(kinds, usable, chosen) };
  const list = kinds.map(({ kind, series }) => `"${kind}" (${counted(series, 'series', 'series')})`).join(', ');
  throw new DatasetError(
    'dicom-choose-series',
    wanted
      ? `No series is called so; there are ${list || 'none that make a volume'}`
      : `Which series are the images has to be said: there are ${list || 'none that make a volume'}`,
    { where: source, hint: 'Name them: --channels "CT=*portal*", or for several channels "T1=*t1*,T2=*t2*".' },
  );
}

/** Of a source that is to be predicted: one channel is every series that makes a volume. */
export function seriesToPredict(
  source: string,
  found: DicomSource,
  wanted: readonly WantedChannel[] | undefined,
): ChosenChannels {
  if (wanted) return chooseChannels(source, found, new Map(), wanted);
  const modalities = new Set(found.series.flatMap(({ stack, modality }) => (stack ? [modality] : [])));
  const [modality] = modalities;
  const all: WantedChannel[] = modality === undefined ? [] : [{ name: channelName(modality), pattern: '*' }];
  // Of several modalities only the person knows which one the model is for.
  return chooseChannels(source, found, new Map(), modalities.size === 1 ? all : undefined);
}

function kindsOf(usable: readonly FoundSeries[], drawnOn: ReadonlyMap<FoundSeries, unknown>): SeriesKind[] {
  const kinds = new Map<string, FoundSeries[]>();
  for (const series of usable) kinds.set(series.kind, [...(kinds.get(series.kind) ?? []), series]);
  return [...kinds].map(([kind, all]) => ({
    kind,
    series: all.length,
    patients: new Set(all.map(({ patient }) => patient)).size,
    hasLabels: all.some((series) => drawnOn.has(series)),
  }));
}

function withChannels(
  kinds: SeriesKind[],
  usable: readonly FoundSeries[],
  chosen: Omit<ChosenChannels, 'kinds'>,
): SeriesKind[] {
  return kinds.map((one) => {
    const channel = usable.flatMap((series) => (series.kind === one.kind ? (chosen.channelOf(series) ?? []) : []))[0];
    return channel === undefined ? one : { ...one, channel: chosen.names[channel]! };
  });
}

function named(
  wanted: readonly WantedChannel[],
  usable: readonly FoundSeries[],
): Omit<ChosenChannels, 'kinds'> | undefined {
  const tests = wanted.map(({ pattern }) => matcher(pattern));
  const channelOf = ({ kind }: FoundSeries): number | undefined => {
    const index = tests.findIndex((test) => test.test(kind));
    return index < 0 ? undefined : index;
  };
  const missing = wanted.filter((_, i) => !usable.some((series) => channelOf(series) === i));
  return missing.length > 0 ? undefined : { names: wanted.map(({ name }) => name), channelOf };
}

function matcher(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'is');
}

/** Without a word from the person: what was drawn on, and all that is called so. */
function drawn(drawnOn: ReadonlyMap<FoundSeries, unknown>): Omit<ChosenChannels, 'kinds'> | undefined {
  const modalities = [...drawnOn.keys()].map((series) => series.modality);
  const times = (one: string): number => modalities.filter((other) => other === one).length;
  const [modality] = [...modalities].sort((a, b) => times(b) - times(a));
  if (modality === undefined) return undefined;
  const names = new Set([...drawnOn.keys()].flatMap((series) => (series.modality === modality ? [series.kind] : [])));
  return { names: [channelName(modality)], channelOf: ({ kind }) => (names.has(kind) ? 0 : undefined) };
}

const modalityNames: Readonly<Record<string, string>> = { MR: 'MRI', PT: 'PET' };

function channelName(modality: string): string {
  return modalityNames[modality] ?? (modality || 'image');
}
