/** The row of controls above the panes. */
import { button, dropdown, slider, type ButtonControl, type Choice } from '../controls';
import type { Plane, VolumeLayout } from '../../src/protocol/volume';
import { planes } from './geometry';
import { planeNames, type Tool } from './paneContent';
import { comparedPair, element } from './sections';
import type { ViewState } from './state';
import type { Study } from './study';
import { ctPresets } from './windowing';

export interface ToolbarOwner {
  readonly study: Study;
  readonly state: ViewState;
  tool: Tool;
  readonly isPlaying: boolean;
  change(change: Partial<ViewState>): void;
  useWindow(id: string): void;
  play(isPlaying: boolean): void;
  resetViews(): void;
  exportPng(): void;
  exportGif(): void;
  toggleSheets(): void;
}

/** Paths in a 16 x 16 box. */
const icons = {
  crosshair: 'M7.5 1h1v5h-1zM7.5 10h1v5h-1zM1 7.5h5v1H1zM10 7.5h5v1h-5zM7.5 7.5h1v1h-1z',
  window: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 1v12A6 6 0 0 1 8 2z',
  pan: 'M8 1 5.8 3.6h1.7v3.9H3.6V5.8L1 8l2.6 2.2V8.5h3.9v3.9H5.8L8 15l2.2-2.6H8.5V8.5h3.9v1.7L15 8l-2.6-2.2v1.7H8.5V3.6h1.7z',
  zoom: 'M6.5 1a5.5 5.5 0 1 0 3.4 9.8l4 4 .9-.9-4-4A5.5 5.5 0 0 0 6.5 1zm0 1.2a4.3 4.3 0 1 1 0 8.6 4.3 4.3 0 0 1 0-8.6zM6 4h1v2h2v1H7v2H6V7H4V6h2z',
  play: 'M4 2.5v11l9-5.5z',
  pause: 'M4 2.5h3v11H4zM9 2.5h3v11H9z',
  region:
    'M2 2h3v1.2H3.2V5H2zM6.500 2h3v1.200h-3zM11 2h3v3h-1.200V3.200H11zM2 6.500h1.200v3H2zM12.800 6.500H14v3h-1.200zM2 11h1.200v1.800H5V14H2zM6.500 12.800h3V14h-3zM12.800 11H14v3h-3v-1.200h1.800z',
  reset: 'M2 2h5v1.2H3.9L7 6.300l-.8.8L3.200 4.100V7H2zM14 14H9v-1.200h3.100L9 9.700l.8-.8 3 3V9H14z',
  picture:
    'M1.500 2.500h13v11h-13zM2.700 3.700v7l3-3.200 2.500 2.600 2-2 3.100 3.100V3.700zM10.500 4.800a1.200 1.200 0 1 1 0 2.400 1.200 1.200 0 0 1 0-2.400z',
  film: 'M1.500 2.500h13v11h-13zM2.700 3.700v1.500H4V3.700zm0 3.200v2.200H4V6.900zm0 3.900v1.500H4v-1.500zM12 3.700v1.500h1.300V3.700zm0 3.200v2.200h1.300V6.900zm0 3.900v1.500h1.300v-1.500zM5.200 3.700v8.600h5.600V3.700z',
  sheets: 'M1.500 2.500h13v11h-13zM2.700 3.700v8.600h6.100V3.700zM10 3.700v8.600h3.300V3.700z',
} as const;

const tools: readonly { tool: Tool; name: string; key: string; title: string }[] = [
  { tool: 'crosshair', name: 'Crosshair', key: '1', title: 'Crosshair: click or drag to go to a place (1)' },
  {
    tool: 'window',
    name: 'Contrast',
    key: '2',
    title: 'Contrast: drag sideways for width, up for brightness (2; or Alt and drag)',
  },
  { tool: 'pan', name: 'Move', key: '3', title: 'Move: drag the picture (3; or Shift or the middle button)' },
  { tool: 'zoom', name: 'Zoom', key: '4', title: 'Zoom: drag up or down (4; or the right button, or Ctrl and wheel)' },
  {
    tool: 'region',
    name: 'Draw Region',
    key: '5',
    title: 'Draw Region: drag a box around what is to be predicted, and its edges in any plane; Escape removes it (5)',
  },
];

export const toolOfKey = (key: string): Tool | undefined => tools.find((one) => one.key === key)?.tool;

const layoutNames = {
  planes: 'All planes',
  axial: 'Axial',
  coronal: 'Coronal',
  sagittal: 'Sagittal',
  '3d': '3D',
  compare: 'Side by side',
  difference: 'Differences',
} as const;
type LayoutName = keyof typeof layoutNames;

export class Toolbar {
  readonly element = element('div', 'toolbar');
  private readonly toolButtons: { tool: Tool; control: ButtonControl }[];
  private readonly layout;
  private readonly plane;
  private readonly window;
  private readonly playButtons: { play: ButtonControl; pause: ButtonControl };
  private readonly frame;
  private layoutKey = '';

  constructor(private readonly owner: ToolbarOwner) {
    const { study, state } = owner;
    this.element.setAttribute('role', 'toolbar');
    this.element.setAttribute('aria-label', 'Volume');
    this.layout = dropdown<LayoutName>({
      label: 'Layout',
      showsLabel: false,
      choices: this.layoutChoices(),
      value: layoutName(state.layout),
      onChange: (name) => this.chooseLayout(name),
    });
    this.plane = dropdown<Plane>({
      label: 'Plane',
      showsLabel: false,
      choices: planes.map((plane) => ({ value: plane, label: planeNames[plane] })),
      value: 'sagittal',
      onChange: (plane) => {
        if (owner.state.layout.kind === 'compare') owner.change({ layout: { ...owner.state.layout, plane } });
      },
    });
    this.toolButtons = tools.map(({ tool, name, title }) => {
      const control = button({
        label: name,
        title,
        icon: icons[tool],
        onClick: () => {
          owner.tool = tool;
          this.refresh();
        },
      });
      return { tool, control };
    });
    this.window = dropdown<string>({
      label: 'Contrast',
      showsLabel: false,
      choices: [
        { value: 'auto', label: 'Auto contrast' },
        { value: 'full', label: 'Full range' },
        ...ctPresets.map(({ id, name }) => ({ value: id, label: name })),
        { value: 'own', label: 'Own contrast' },
      ],
      value: state.window ? 'own' : 'auto',
      onChange: (id) => owner.useWindow(id),
    });
    const convention = dropdown<'radiological' | 'neurological'>({
      label: 'Left and right',
      showsLabel: false,
      choices: [
        { value: 'radiological', label: 'Radiological' },
        { value: 'neurological', label: 'Neurological' },
      ],
      value: state.isRadiological ? 'radiological' : 'neurological',
      onChange: (value) => owner.change({ isRadiological: value === 'radiological' }),
    });
    convention.element.title = "Radiological: the patient's right is at the left of the screen";
    this.playButtons = {
      play: button({
        label: 'Play',
        title: 'Play through the slices (Space)',
        icon: icons.play,
        onClick: () => owner.play(true),
      }),
      pause: button({ label: 'Pause', title: 'Pause (Space)', icon: icons.pause, onClick: () => owner.play(false) }),
    };
    const group = (...controls: HTMLElement[]): HTMLElement => {
      const made = element('div', 'group', ...controls);
      made.setAttribute('role', 'group');
      return made;
    };
    const { channels, frames, dimensions, hasOrientation, isColour } = study.description;
    this.frame =
      frames > 1
        ? slider({
            label: 'Frame',
            min: 1,
            max: frames,
            step: 1,
            value: state.frame + 1,
            describe: (value) => `${value} of ${frames}`,
            onInput: (value) => owner.change({ frame: value - 1 }),
          })
        : undefined;
    const channel =
      channels.length > 1 && !isColour
        ? dropdown<string>({
            label: 'Channel',
            showsLabel: false,
            choices: channels.map(({ name }, index) => ({ value: String(index), label: name })),
            value: String(state.channel),
            onChange: (value) => owner.change({ channel: Number(value) }),
          })
        : undefined;
    this.element.append(
      group(this.layout.element, this.plane.element),
      group(...this.toolButtons.map(({ control }) => control.element)),
      group(
        ...(isColour ? [] : [this.window.element]),
        ...(channel ? [channel.element] : []),
        ...(this.frame ? [this.frame.element] : []),
      ),
      ...(dimensions === 3 && hasOrientation ? [group(convention.element)] : []),
      group(
        ...(dimensions === 3 ? [this.playButtons.play.element, this.playButtons.pause.element] : []),
        button({
          label: 'Fit',
          title: 'Fit into the panes and go to the middle (0)',
          icon: icons.reset,
          onClick: () => owner.resetViews(),
        }).element,
      ),
      element('span', 'space'),
      group(
        button({
          label: 'Save PNG',
          title: 'Save the view as a PNG picture',
          icon: icons.picture,
          onClick: () => owner.exportPng(),
        }).element,
        ...(dimensions === 3
          ? [
              button({
                label: 'Save GIF',
                title: 'Save the slices of this plane as an animated GIF',
                icon: icons.film,
                onClick: () => owner.exportGif(),
              }).element,
            ]
          : []),
        button({
          label: 'Sheets',
          title: 'Show or hide the sheets at the side',
          icon: icons.sheets,
          onClick: () => owner.toggleSheets(),
        }).element,
      ),
    );
    this.refresh();
  }

  private layoutChoices(): Choice<LayoutName>[] {
    const { study } = this.owner;
    const names: LayoutName[] =
      study.description.dimensions === 2 ? ['axial'] : ['planes', 'axial', 'coronal', 'sagittal', '3d'];
    if (study.segmentations.length >= 2) names.push('compare', 'difference');
    return names.map((value) => ({
      value,
      label: value === 'axial' && study.description.dimensions === 2 ? 'Picture' : layoutNames[value],
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
      const pair = comparedPair(study, state);
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
  }

  /** The person dragged, or another preset was chosen by a key. */
  showWindow(id: string): void {
    this.window.value = id;
  }
}

function layoutName(layout: VolumeLayout): LayoutName {
  return layout.kind === 'single' ? layout.plane : layout.kind;
}
