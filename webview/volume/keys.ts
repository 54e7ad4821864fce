/** Which key does what in a pane, and how is it said in the list of keys? */
import { t } from '@vscode/l10n';

export type Action =
  | 'left'
  | 'right'
  | 'up'
  | 'down'
  | 'nextSlice'
  | 'previousSlice'
  | 'firstSlice'
  | 'lastSlice'
  | 'play'
  | 'maximise'
  | 'zoomIn'
  | 'zoomOut'
  | 'reset'
  | 'autoContrast'
  | 'crosshairTool'
  | 'contrastTool'
  | 'panTool'
  | 'zoomTool'
  | 'regionTool'
  | 'outline'
  | 'masks'
  | 'differences'
  | 'removeRegion'
  | 'nextCase'
  | 'previousCase'
  | 'sheets'
  | 'keys';

const actions: Readonly<Record<string, Action>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
  PageUp: 'nextSlice',
  PageDown: 'previousSlice',
  Home: 'firstSlice',
  End: 'lastSlice',
  ' ': 'play',
  Enter: 'maximise',
  '+': 'zoomIn',
  '=': 'zoomIn',
  '-': 'zoomOut',
  '0': 'reset',
  a: 'autoContrast',
  '1': 'crosshairTool',
  '2': 'contrastTool',
  '3': 'panTool',
  '4': 'zoomTool',
  '5': 'regionTool',
  o: 'outline',
  m: 'masks',
  d: 'differences',
  Escape: 'removeRegion',
  '[': 'previousCase',
  ']': 'nextCase',
  s: 'sheets',
  '?': 'keys',
};

/** Letters count with and without Shift. */
export const actionOf = (key: string): Action | undefined => actions[key] ?? actions[key.toLowerCase()];

interface KeyLine {
  keys: readonly string[];
  does: string;
  /** Those of `keys` that are pressed; the others are done with the mouse, or say more of a key. */
  pressed: readonly string[];
}

const line = (shown: string, does: string, ...pressed: string[]): KeyLine => ({
  keys: shown.split(', '),
  does,
  pressed,
});

export const keyGroups: readonly { title: string; lines: readonly KeyLine[] }[] = [
  {
    title: t('Go'),
    lines: [
      line('← → ↑ ↓', t('Move the crosshair'), 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'),
      line(t('Page Up, Page Down'), t('Next or previous slice; with Shift ten'), 'PageUp', 'PageDown'),
      line(t('Home, End'), t('First or last slice'), 'Home', 'End'),
      line(t('Space'), t('Play through the slices, or stop'), ' '),
      line('[, ]', t('Previous or next case'), '[', ']'),
    ],
  },
  {
    title: t('See'),
    lines: [
      line(t('Enter, Double-click'), t('This pane alone, or all again'), 'Enter'),
      line(t('+, −, Ctrl and wheel'), t('Zoom'), '+', '=', '-'),
      line('A', t('Contrast from the values'), 'a'),
      line('0', t('Reset contrast, zoom and place'), '0'),
      line('S', t('Show or hide the sheets'), 's'),
    ],
  },
  {
    title: t('Masks'),
    lines: [
      line('M', t('Hide or show the masks'), 'm'),
      line('O', t('Outlines or areas'), 'o'),
      line('D', t('Differences, or back to the masks'), 'd'),
    ],
  },
  {
    title: t('Mouse does'),
    lines: [
      line('1', t('Crosshair'), '1'),
      line('2', t('Contrast (or Alt and drag)'), '2'),
      line('3', t('Move (or Shift and drag)'), '3'),
      line('4', t('Zoom (or the right button)'), '4'),
      line('5', t('Draw a region to predict'), '5'),
      line(t('Escape'), t('Remove the region, stop an export'), 'Escape'),
      line('?', t('These keys'), '?'),
    ],
  },
];
