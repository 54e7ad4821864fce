/** What has room? Groups of the toolbar beside each other, panes in columns, letters beside a caption. */

/**
 * Which groups stay when they do not all fit: the most important first, in their order.
 * @param widths      of the groups, CSS pixels, in the order they are shown in
 * @param importance  of each; of the same, the first stays
 * @param more        width of the button behind which the others are
 */
export function groupsThatFit(
  widths: readonly number[],
  importance: readonly number[],
  room: number,
  more: number,
  gap: number,
): Set<number> {
  const all = widths.map((_, index) => index);
  const total = (indices: readonly number[]): number =>
    indices.reduce((sum, index) => sum + widths[index]! + gap, -gap);
  if (total(all) <= room) return new Set(all);
  const kept = new Set<number>();
  let left = room - more;
  for (const index of [...all].sort((a, b) => importance[b]! - importance[a]! || a - b)) {
    left -= widths[index]! + gap;
    if (left < 0) break;
    kept.add(index);
  }
  return kept;
}

/** Below this the sheet lies over the panes, and is there only when asked for. */
export const narrowBelow = 700;

export function columnsOf(
  layout: 'planes' | 'single' | 'compare' | 'difference',
  panes: number,
  width: number,
  height: number,
): number {
  if (panes <= 1) return 1;
  const isTall = height > width * 1.4 && width < 480;
  if (isTall) return 1;
  if (layout === 'compare') return panes <= 3 ? panes : Math.ceil(Math.sqrt(panes));
  return 2;
}

/**
 * A letter beside the caption where there is room for both, else below it.
 * @param half        of the letters' width
 * @param captionEnd  of plane and slice number; a title, where there is one, takes the right half
 */
export function topLetterMiddle(width: number, half: number, captionEnd: number, hasTitle: boolean): number {
  const isClear = captionEnd + 10 <= width / 2 - half && !(hasTitle && width < 320);
  return isClear ? 11 : 28;
}
