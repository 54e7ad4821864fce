/** The row of controls above the panes. */
import { t } from '@vscode/l10n';
import { button, dropdown, slider, type ButtonControl, type Choice } from '../controls';
import type { Plane, VolumeLayout } from '../../src/protocol/volume';
import { CaseSteps, type CasePlace } from './caseSteps';
import { ContrastFields } from './contrastFields';
import { element } from './element';
import { planes } from './geometry';
import { icons } from './icons';
import { OverflowRow } from './overflow';
import { planeNames, type Tool } from './paneContent';
import { comparedPair } from './roles';
import type { ViewState } from './state';
import type { Study } from './study';
import type { Window } from './slices';

interface ToolbarOwner {
  readonly study: Study;
  readonly state: ViewState;
  tool: Tool;
  readonly isPlaying: boolean;
  /** Contrast that is in force. */
  readonly window: Window;
  change(change: Partial<ViewState>): void;
  useWindow(id: string): void;
  play(isPlaying: boolean): void;
  resetViews(): void;
  exportPng(): void;
  exportGif(): void;
  toggleSheets(): void;
  showKeys(): void;
  showCase(step: 1 | -1): void;
  orderCases(by: CasePlace['by']): void;
}

const tools: readonly { tool: Tool; name: string; title: string }[] = [
  { tool: 'crosshair', name: t('Crosshair'), title: t('Crosshair: click or drag to go to a place (1)') },
  {
    tool: 'window',
    name: t('Contrast'),

    title: t('Contrast: drag sideways for width, up for brightness (2; or Alt and drag)'),
  },
  { tool: 'pan', name: t('Move'), title: t('Move: drag the picture (3; or Shift or the middle button)') },
  { tool: 'zoom', name: t('Zoom'), title: t('Zoom: drag up or down (4; or the right button, or Ctrl and wheel)') },
  {
    tool: 'region',
    name: t('Draw Region'),

    title: t(
      'Draw Region: drag a box around what is to be predicted, and its edges in any plane; Escape removes it (5)',
    ),
  },
];

const layoutNames = {
  planes: t('All planes'),
  axial: t('Axial'),
  coronal: t('Coronal'),
  sagittal: t('Sagittal'),
  '3d': '3D',
  compare: t('Side by side'),
  difference: t('Differences'),
} as const;
type LayoutName = keyof typeof layoutNames;

export class Toolbar {
  readonly element: HTMLElement;
  private readonly row: OverflowRow;
  private readonly toolButtons: { tool: Tool; control: ButtonControl }[];
  private readonly layout;
  private readonly plane;
  private readonly contrast: ContrastFields;
  private readonly cases: CaseSteps;
  private readonly playButtons: { play: ButtonControl; pause: ButtonControl };
  private readonly frame;
  private readonly sheets: ButtonControl;
  private layoutKey = '';

  constructor(private readonly owner: ToolbarOwner) {
    const { study, state } = owner;
    const { channels, frames, dimensions, hasOrientation, isColour } = study.description;
    const isVolume = dimensions === 3;
    this.layout = dropdown<LayoutName>({
      label: t('Layout'),
      showsLabel: false,
      choices: this.layoutChoices(),
      value: layoutName(state.layout),
      onChange: (name) => this.chooseLayout(name),
    });
    this.plane = dropdown<Plane>({
      label: t('Plane'),
      showsLabel: false,
      choices: planes.map((plane) => ({ value: plane, label: planeNames[plane] })),
      value: 'sagittal',
      onChange: (plane) => {
        if (owner.state.layout.kind === 'compare') owner.change({ layout: { ...owner.state.layout, plane } });
      },
    });
    this.toolButtons = tools.map(({ tool, name, title }) => {
      const control = button({ label: name, title, icon: icons[tool], onClick: () => this.useTool(tool) });
      return { tool, control };
    });
    this.contrast = new ContrastFields(owner);
    this.cases = new CaseSteps(owner);
    this.playButtons = {
      play: iconButton('play', t('Play'), t('Play through the slices (Space)'), () => owner.play(true)),
      pause: iconButton('pause', t('Pause'), t('Pause (Space)'), () => owner.play(false)),
    };
    this.frame =
      frames > 1
        ? slider({
            label: t('Frame'),
            min: 1,
            max: frames,
            step: 1,
            value: state.frame + 1,
            describe: (value) => t('{0} of {1}', value, frames),
            showsValue: true,
            onInput: (value) => owner.change({ frame: value - 1 }),
          })
        : undefined;
    const channel = channels.length > 1 && !isColour ? [this.channelChoice()] : [];
    const fit = iconButton('reset', t('Reset'), t('Reset contrast, zoom and place (0)'), () => owner.resetViews());
    const png = iconButton('picture', t('Save PNG'), t('Save the view as a PNG picture'), () => owner.exportPng());
    const gif = iconButton('film', t('Save GIF'), t('Save the slices of this plane as an animated GIF'), () =>
      owner.exportGif(),
    );
    const keys = iconButton('keys', t('Keys'), t('Show the keys (?)'), () => owner.showKeys());
    this.sheets = iconButton('sheets', t('Sheets'), t('Show or hide the sheets at the side (S)'), () =>
      owner.toggleSheets(),
    );
    const { play, pause } = this.playButtons;
    const groups = [
      { element: this.cases.element, importance: 6 },
      { element: group(this.layout.element, this.plane.element), importance: 8 },
      { element: group(...this.toolButtons.map(({ control }) => control.element)), importance: 7 },
      { element: group(...channel, ...(this.frame ? [this.frame.element] : [])), importance: 5 },
      { element: group(this.contrast.element), importance: 4 },
      { element: group(...(isVolume && hasOrientation ? [this.conventionChoice()] : [])), importance: 1 },
      { element: group(...(isVolume ? [play.element, pause.element] : []), fit.element), importance: 3 },
      { element: group(png.element, ...(isVolume ? [gif.element] : []), keys.element), importance: 2 },
    ].filter((one) => one.element.childElementCount > 0);
    this.row = new OverflowRow(groups, group(this.sheets.element));
    this.element = this.row.element;
    this.element.setAttribute('role', 'toolbar');
    this.element.setAttribute('aria-label', t('Volume'));
    this.refresh();
  }

  private useTool(tool: Tool): void {
    this.owner.tool = tool;
    this.refresh();
  }

  private channelChoice(): HTMLElement {
    const { study, state, change } = this.owner;
    return dropdown<string>({
      label: t('Channel'),
      showsLabel: false,
      choices: study.description.channels.map(({ name }, index) => ({ value: String(index), label: name })),
      value: String(state.channel),
      onChange: (value) => change({ channel: Number(value) }),
    }).element;
  }

  private conventionChoice(): HTMLElement {
    const { element: choice } = dropdown<'radiological' | 'neurological'>({
      label: t('Left and right'),
      showsLabel: false,
      choices: [
        { value: 'radiological', label: t('Radiological') },
        { value: 'neurological', label: t('Neurological') },
      ],
      value: this.owner.state.isRadiological ? 'radiological' : 'neurological',
      onChange: (value) => this.owner.change({ isRadiological: value === 'radiological' }),
    });
    choice.title = t("Radiological: the patient's right is at the left of the screen");
    return choice;
  }

  private layoutChoices(): Choice<LayoutName>[] {
    const { study } = this.owner;
    const names: LayoutName[] =
      study.description.dimensions === 2 ? ['axial'] : ['planes', 'axial', 'coronal', 'sagittal', '3d'];
    if (study.segmentations.length >= 2) names.push('compare', 'difference');
    return names.map((value) => ({
      value,
      label: value === 'axial' && study.description.dimensions === 2 ? t('Picture') : layoutNames[value],
    }));
  }

  private chooseLayout(name: LayoutName): void {
    const { study, state, change } = this.owner;
    const plane = study.description.dimensions === 2 ? 'axial' : 'sagittal';
    if (name === 'planes') change({ layout: { kind: 'planes' } });
    else if (name === 'compare')
      change({
        layout: { kind: 'compare', plane, segmentations: study.segmentations.slice(0, 4).map(({ id }) => id) },
      });
    else if (name === 'difference') {
      const pair = comparedPair(study.segmentations, state);
      if (pair) change({ layout: { kind: 'difference', ...pair } });
    } else change({ layout: { kind: 'single', plane: name } });
  }

  refresh(): void {
    const { study, state, tool, isPlaying } = this.owner;
    const key = JSON.stringify([study.segmentations.length, state.layout]);
    if (key !== this.layoutKey) {
      this.layoutKey = key;
      this.layout.setChoices(this.layoutChoices(), layoutName(state.layout));
      this.plane.element.hidden = state.layout.kind !== 'compare';
      if (state.layout.kind === 'compare') this.plane.value = state.layout.plane;
    }
    for (const one of this.toolButtons) one.control.pressed = one.tool === tool;
    this.playButtons.play.element.hidden = isPlaying;
    this.playButtons.pause.element.hidden = !isPlaying;
    if (this.frame) this.frame.value = state.frame + 1;
    this.contrast.refresh();
  }

  showCases(place: CasePlace | undefined, by?: CasePlace['by']): void {
    this.cases.show(place, by ?? place?.by);
  }

  showSheets(areShown: boolean): void {
    this.sheets.pressed = areShown;
  }

  dispose(): void {
    this.row.dispose();
  }
}

function group(...controls: HTMLElement[]): HTMLElement {
  const made = element('div', 'group', ...controls);
  made.setAttribute('role', 'group');
  return made;
}

const iconButton = (icon: keyof typeof icons, label: string, title: string, onClick: () => void): ButtonControl =>
  button({ label, title, icon: icons[icon], onClick });

function layoutName(layout: VolumeLayout): LayoutName {
  return layout.kind === 'single' ? layout.plane : layout.kind;
}
