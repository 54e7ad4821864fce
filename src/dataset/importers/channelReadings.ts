/** The ways in which people write the channel into the name of an image. */
import { type ReadPath, isChannelWord } from './words';

/** A way to read the channel out of an image's name. */
export interface ChannelReading {
  /** @returns the name without the channel, and the channel; undefined if this way can't read this name */
  read(file: ReadPath): { words: string[][]; channel: string } | undefined;
  /** Whether labels may carry the channel as well ("T2w_seg"). */
  alsoInLabels: boolean;
  /** The channel is any word, not one that names a contrast: believed only if several cases agree. */
  anyWord?: boolean;
}

/** The simplest first: it is kept unless another one explains more images. */
export const channelReadings: readonly ChannelReading[] = [
  { alsoInLabels: false, read: (file) => ({ words: [...file.folderWords, file.stemWords], channel: '' }) },
  {
    alsoInLabels: true,
    read: (file) => {
      const at = file.stemWords.findLastIndex(isChannelWord);
      return at < 0 ? undefined : withoutStemWord(file, at);
    },
  },
  {
    alsoInLabels: false,
    read: (file) =>
      /^\d{4}$/.test(file.stemWords.at(-1) ?? '') ? withoutStemWord(file, file.stemWords.length - 1) : undefined,
  },
  {
    // images/T1/001, images/T2/001
    alsoInLabels: true,
    read: (file) => {
      const at = file.folderWords.findLastIndex(
        (words) => words.length > 0 && words.every((word) => isChannelWord(word)),
      );
      if (at < 0) return undefined;
      return {
        words: [...file.folderWords.filter((_, i) => i !== at), file.stemWords],
        channel: file.folderWords[at]!.join('_'),
      };
    },
  },
  {
    alsoInLabels: false,
    anyWord: true,
    read: (file) => (file.stemWords.length > 0 ? withoutStemWord(file, file.stemWords.length - 1) : undefined),
  },
  {
    alsoInLabels: false,
    anyWord: true,
    read: (file) => (file.stemWords.length > 1 ? withoutStemWord(file, 0) : undefined),
  },
];

function withoutStemWord(file: ReadPath, at: number): { words: string[][]; channel: string } {
  return { words: [...file.folderWords, file.stemWords.filter((_, i) => i !== at)], channel: file.stemWords[at]! };
}
