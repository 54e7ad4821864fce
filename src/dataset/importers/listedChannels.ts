/** Whether entries of a list that share a label are the channels of one case, and in which order. */
import { counted } from '../../words/counted';
import { DatasetError } from '../../method/errors';
import { groupBy } from './groupBy';
import type { RefusedCase } from './plan';
import type { ReadPath } from './words';

/** The entries of one label; each with the images it lists. */
interface SharedLabel {
  /** As the list writes it, for messages. */
  label: string;
  entries: ReadPath[][];
}

interface OrderedCases {
  /** Images in channel order; undefined for a label that is refused. */
  images: (ReadPath[] | undefined)[];
  /** What tells the channels apart in the names. */
  channels: string[];
  refused: { at: number; code: RefusedCase['code']; why: string }[];
}

/**
 * @param channelNames  as dataset.json gives them
 * @throws DatasetError `task-json-channels` where entries share labels and are not understood as channels
 */
export function orderChannels(
  labels: readonly SharedLabel[],
  channelNames: readonly string[] | undefined,
  where: string,
): OrderedCases {
  const read = labels.map(({ entries }) => channelsOf(entries.flat()));
  const signatures = read.map((channels) => [...channels.keys()].sort().join('\n'));
  const bySignature = [...groupBy(signatures, (signature) => signature).values()];
  // Where as many say one as the other, a label shared by mistake is likelier than a channel lost.
  const usual = bySignature.sort((a, b) => b.length - a.length || a[0]!.length - b[0]!.length)[0];
  const isShared = labels.map(({ entries }) => entries.length > 1);
  const [example] = read.filter((_, i) => signatures[i] === usual?.[0]);
  if (!usual || !example || !isShared.some(Boolean)) {
    const channels = usual && usual.length === labels.length ? [...example!.keys()] : [];
    return { images: labels.map(({ entries }) => entries.flat()), channels, refused: [] };
  }
  const channels = inOrder([...example.keys()], channelNames);
  if (channels.length > 1) refuseDoubtful(labels, usual.length, channels, channelNames, where);
  const refused: OrderedCases['refused'] = [];
  const images = read.map((files, at) => {
    if (signatures[at] === usual[0]) return channels.map((channel) => files.get(channel)!);
    if (!isShared[at] && channels.length === 1) return [...files.values()];
    const listed = labels[at]!.entries.flat().map(({ path }) => path);
    const why =
      channels.length > 1
        ? `Its label ${labels[at]!.label} is listed with ${listed.join(', ')}, not with the channels ${channels.join(', ')}.`
        : `The label ${labels[at]!.label} is listed for several images: ${listed.join(', ')}.`;
    refused.push({ at, code: channels.length > 1 ? 'channel-count' : 'label-shared', why });
    return undefined;
  });
  return { images, channels, refused };
}

function refuseDoubtful(
  labels: readonly SharedLabel[],
  agreeing: number,
  channels: readonly string[],
  channelNames: readonly string[] | undefined,
  where: string,
): void {
  const { label, entries } = labels.find((one) => one.entries.length > 1)!;
  const several = `${entries.length} entries have the same label ${label}`;
  const numbers = channels.every((channel) => /^\d+$/.test(channel)) ? channels.map(Number) : undefined;
  const problem =
    channelNames && channelNames.length !== channels.length
      ? `${several}, but dataset.json names ${counted(channelNames.length, 'channel')}`
      : numbers?.some((number, i) => number !== i)
        ? `${several}, and their channels are numbered ${channels.join(', ')}, not from 0 without a gap`
        : agreeing < 2 && labels.length > 1
          ? `${several}, and their names do not say which channel each is`
          : undefined;
  if (!problem) return;
  throw new DatasetError('task-json-channels', problem, {
    where,
    hint: 'List all channels of a case in one entry: "image": ["CASE_0000.nii.gz", "CASE_0001.nii.gz"].',
  });
}

/** Words that not all images of the case have in common -> image. */
function channelsOf(images: readonly ReadPath[]): Map<string, ReadPath> {
  const words = images.map(({ folderWords, stemWords }) => [...folderWords.flat(), ...stemWords]);
  const common = words[0]!.filter((word) => words.every((list) => list.includes(word)));
  return new Map(images.map((file, i) => [words[i]!.filter((word) => !common.includes(word)).join('_'), file]));
}

/** By number, else as dataset.json names them, else as they are listed. */
function inOrder(channels: readonly string[], names: readonly string[] | undefined): string[] {
  if (channels.every((channel) => /^\d+$/.test(channel))) return [...channels].sort((a, b) => Number(a) - Number(b));
  const spelled = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  const place = (channel: string) => (names ?? []).findIndex((name) => spelled(name) === spelled(channel));
  if (channels.some((channel) => place(channel) < 0)) return [...channels];
  return [...channels].sort((a, b) => place(a) - place(b));
}
