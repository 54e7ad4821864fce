/** What do the files of an opened image hold: channels, colours or time points, and where does each lie? */
import { t } from '@vscode/l10n';
import type { ImageHeader } from '../../images/types';
import type { ChannelInfo } from '../../protocol/volume';

export interface ChannelLayout {
  channels: ChannelInfo[];
  frames: number;
  isColour: boolean;
  /** Where a channel and a frame lie: in which file, and as which of its volumes. */
  find(channel: number, frame: number): { file: string; index: number };
}

/** @param channelNames  from dataset.json; may be fewer than there are channels */
export function channelLayout(
  { files, channelNames, opened }: { files: readonly string[]; channelNames: readonly string[]; opened: number },
  header: ImageHeader,
): ChannelLayout {
  const fourth = header.fileShape[3] ?? 1;
  const isSeries = fourth > 1 && fourth === header.channels;
  const isColour =
    !isSeries && (header.channels === 3 || header.channels === 4) && /^(uint8|rgb24|rgba32)$/.test(header.storedType);
  if (files.length > 1 || isSeries || header.channels === 1) {
    const frames = isSeries ? fourth : 1;
    const channels = files.map((_, i) => ({ name: channelNames[i] ?? t('Channel {0}', i) }));
    return { channels, frames, isColour: false, find: (channel, frame) => ({ file: files[channel]!, index: frame }) };
  }
  const colours = [t('Red'), t('Green'), t('Blue'), t('Alpha')];
  const channels = Array.from({ length: header.channels }, (_, i) => ({
    name: channelNames[i] ?? (isColour ? colours[i]! : t('Component {0}', i)),
  }));
  return { channels, frames: 1, isColour, find: (channel) => ({ file: files[opened]!, index: channel }) };
}
