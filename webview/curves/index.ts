/** The page of training curves: keeps the runs that the extension sends, and what the person chose to see of them. */
import 'uplot/dist/uPlot.min.css';
import './curves.css';
import type {
  CurveColumns,
  CurveNote,
  CurveRun,
  CurvesRequest,
  CurvesToHost,
  CurvesToPage,
} from '../../src/protocol/curves';
import { button, checkbox, dropdown, iconElement, onThemeChange, themeKind } from '../controls';
import { ChartView, swatch } from './chart';
import { mergeRows } from './columns';
import { curvesCsv } from './csv';
import { lineColor } from './palette';
import { makeCharts, rowOfEpoch, type ShownRun, type ViewOptions } from './series';
import { curvesPicture } from './svg';

/** `showClasses` undefined: the person has not chosen; with several runs their classes would hide the runs. */
type Options = Omit<ViewOptions, 'showClasses'> & { showClasses?: boolean };

interface SavedState {
  runs: string[];
  hidden: string[];
  options: Options;
}

const vscode = acquireVsCodeApi<SavedState>();
const saved = vscode.getState();
const options: Options = { smoothing: 0, logScale: false, ...saved?.options };
const hidden = new Set(saved?.hidden);
let runs: CurveRun[] = [];
const numbers = new Map<string, CurveColumns>();
let zoom: [number, number] | undefined;
let pointed: number | undefined;
let hasHeard = false;

const icons = {
  remove: 'M8 7.06 11.53 3.53l.94.94L8.94 8l3.53 3.53-.94.94L8 8.94l-3.53 3.53-.94-.94L7.06 8 3.53 4.47l.94-.94z',
  log: 'M3 1h7l3 3v11H3zm1 1v12h8V5H9V2zm1 5h6v1H5zm0 2h6v1H5zm0 2h4v1H5z',
  error:
    'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1m0 1a6 6 0 1 0 0 12A6 6 0 0 0 8 2m2.6 2.7.7.7L8.7 8l2.6 2.6-.7.7L8 8.7l-2.6 2.6-.7-.7L7.3 8 4.7 5.4l.7-.7L8 7.3z',
  warning: 'M8 1.5 15.2 14H.8zm0 2L2.5 13h11zM7.5 6h1v4h-1zm0 5h1v1h-1z',
  info: 'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1m0 1a6 6 0 1 0 0 12A6 6 0 0 0 8 2m-.5 5h1v5h-1zm0-2.5h1v1.2h-1z',
};

// ---- talking to the extension ----

const waiting = new Map<number, { resolve: (message?: string) => void; reject: (error: Error) => void }>();
let nextRequest = 1;

function post(message: CurvesToHost): void {
  vscode.postMessage(message);
}

/** Asks the extension; what it has to say is shown in the status line. */
function ask(request: CurvesRequest): void {
  const id = nextRequest++;
  const answer = new Promise<string | undefined>((resolve, reject) => waiting.set(id, { resolve, reject }));
  post({ type: 'request', id, request });
  answer.then(
    (message) => say(message ?? ''),
    (error: Error) => say(error.message),
  );
}

window.addEventListener('message', ({ data }: MessageEvent<CurvesToPage>) => {
  switch (data.type) {
    case 'runs':
      hasHeard = true;
      runs = data.runs;
      for (const id of numbers.keys()) if (!runs.some((run) => run.id === id)) numbers.delete(id);
      save();
      scheduleSidebar();
      schedule();
      return;
    case 'rows':
      numbers.set(data.run, mergeRows(numbers.get(data.run), data.start, data.columns));
      scheduleSidebar();
      schedule();
      return;
    case 'reply': {
      const request = waiting.get(data.id);
      waiting.delete(data.id);
      if (data.ok) request?.resolve(data.message);
      else request?.reject(new Error(data.message));
      return;
    }
  }
});

function save(): void {
  vscode.setState({ runs: runs.map(({ id }) => id), hidden: [...hidden], options });
}

// ---- the page ----

const root = document.getElementById('root')!;
const toolbar = element('div', 'toolbar');
toolbar.setAttribute('role', 'toolbar');
toolbar.setAttribute('aria-label', 'Curves');
const status = element('span', 'status');
status.setAttribute('role', 'status');
const epochText = element('span', 'epoch');
const announcer = element('div', 'visually-hidden');
announcer.setAttribute('aria-live', 'polite');
const charts = element('div', 'charts');
const runList = element('ul', 'runs');
runList.setAttribute('aria-label', 'Trainings');
const noteList = element('ul', 'notes');
noteList.setAttribute('aria-label', 'Notes');
const empty = element('div', 'empty');

const host = {
  zoom(range: [number, number] | undefined): void {
    zoom = range;
    schedule();
  },
  point(epoch: number | undefined, announce: boolean): void {
    pointed = epoch;
    epochText.textContent = epoch === undefined ? '' : `Epoch ${epoch}`;
    for (const view of views) view.point(epoch);
    if (announce && epoch !== undefined) {
      const here = views.find((view) => view.element.contains(document.activeElement)) ?? views[0]!;
      announcer.textContent = `Epoch ${epoch}: ${here.describe(epoch)}`;
    }
  },
};
const views = Array.from({ length: 4 }, () => new ChartView(host));

const smoothingChoice = dropdown({
  label: 'Smoothing',
  value: String(options.smoothing),
  choices: [
    { value: '0', label: 'None' },
    { value: '5', label: '5 epochs' },
    { value: '20', label: '20 epochs' },
    { value: '100', label: '100 epochs' },
  ],
  onChange: (value) => choose({ smoothing: Number(value) }),
});
const logChoice = checkbox({
  label: 'Log scale',
  title: 'Logarithmic scale for loss, learning rate and time',
  checked: options.logScale,
  onChange: (logScale) => choose({ logScale }),
});
const classChoice = checkbox({
  label: 'Dice per class',
  checked: options.showClasses ?? true,
  onChange: (showClasses) => choose({ showClasses }),
});
const resetZoom = button({ label: 'Show All Epochs', onClick: () => host.zoom(undefined) });
const exportChoice = dropdown({
  label: 'Export',
  value: '',
  choices: [
    { value: '', label: 'Export…' },
    { value: 'svg', label: 'SVG picture' },
    { value: 'png', label: 'PNG picture' },
    { value: 'csv', label: 'CSV table' },
  ],
  showsLabel: false,
  onChange: (format) => {
    exportChoice.value = '';
    void exportAs(format as 'svg' | 'png' | 'csv');
  },
});
const addRuns = button({ label: 'Add Trainings…', onClick: () => ask({ type: 'addRuns' }) });
toolbar.append(
  smoothingChoice.element,
  logChoice.element,
  classChoice.element,
  resetZoom.element,
  epochText,
  status,
  element('span', 'spring'),
  addRuns.element,
  exportChoice.element,
);

const sidebar = element('aside', 'sidebar');
sidebar.setAttribute('aria-label', 'Trainings and notes');
sidebar.append(heading('Trainings'), runList, heading('Notes'), noteList);
charts.append(...views.map((view) => view.element));
const body = element('div', 'body');
body.append(charts, sidebar);
empty.append(
  Object.assign(element('p'), {
    textContent:
      'No training to show yet. Start one, and its curves are drawn here as it learns; or choose earlier ones, nnU-Net’s own logs included.',
  }),
  button({ label: 'Choose Trainings…', appearance: 'primary', onClick: () => ask({ type: 'addRuns' }) }).element,
);
root.append(toolbar, body, empty, announcer);

function choose(change: Partial<Options>): void {
  Object.assign(options, change);
  save();
  schedule();
}

function shownRuns(): ShownRun[] {
  return runs.flatMap((run, index) => {
    const columns = numbers.get(run.id);
    return columns && columns.epoch.length > 0 && !hidden.has(run.id) ? [{ run, columns, index }] : [];
  });
}

function viewOptions(shown: readonly ShownRun[]): ViewOptions {
  return { ...options, showClasses: options.showClasses ?? shown.length === 1 };
}

let isScheduled = false;
/** Draws before the next frame, once, however many messages arrive. */
function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(() => {
    isScheduled = false;
    draw();
  });
}

let isSidebarScheduled = false;
function scheduleSidebar(): void {
  if (isSidebarScheduled) return;
  isSidebarScheduled = true;
  requestAnimationFrame(() => {
    isSidebarScheduled = false;
    drawRuns();
    drawNotes();
  });
}

function draw(): void {
  const shown = shownRuns();
  root.classList.toggle('is-empty', runs.length === 0);
  empty.hidden = runs.length > 0 || !hasHeard;
  const full = fullRange(shown);
  const range = zoom ? ([Math.max(zoom[0], full[0]), Math.min(zoom[1], full[1])] as [number, number]) : full;
  const isSingle = shown.length === 1;
  const best = bestEpochs(shown).map(({ epoch, index }) => ({ epoch, color: isSingle ? 0 : index }));
  classChoice.value = viewOptions(shown).showClasses;
  const made = makeCharts(shown, viewOptions(shown));
  views.forEach((view, index) => view.show(made[index]!, full, range, best));
  resetZoom.disabled = zoom === undefined;
  exportChoice.disabled = shown.length === 0;
  if (pointed !== undefined) views.forEach((view) => view.point(pointed));
  root.dataset.drawnEpochs = String(shown.reduce((sum, { columns }) => sum + columns.epoch.length, 0));
}

function fullRange(shown: readonly ShownRun[]): [number, number] {
  const last = shown.reduce((high, { columns }) => Math.max(high, columns.epoch.at(-1)! + 1), 2);
  const first = shown.reduce((low, { columns }) => Math.min(low, columns.epoch[0]! + 1), last - 1);
  return [first, last];
}

/** Best epoch of each run, counted from 1. */
function bestEpochs(shown: readonly ShownRun[]): { epoch: number; index: number }[] {
  return shown.flatMap(({ run, index }) => (run.bestEpoch === null ? [] : [{ epoch: run.bestEpoch + 1, index }]));
}

function drawRuns(): void {
  const kind = themeKind();
  const focused = (document.activeElement as HTMLElement | null)?.dataset.focusKey;
  runList.replaceChildren(
    ...runs.map((run, index) => {
      const row = element('li', 'run');
      row.title = run.detail;
      const toggle = checkbox({
        label: run.name,
        checked: !hidden.has(run.id),
        mark: swatch(lineColor(kind, index), [], 3),
        onChange: (isShown) => {
          if (isShown) hidden.delete(run.id);
          else hidden.add(run.id);
          save();
          schedule();
        },
      });
      toggle.element.dataset.focusKey = `show ${run.id}`;
      const state = element('span', 'run-state');
      state.textContent = run.problem ?? stateText(run);
      const log = button({
        label: 'Show Log',
        title: `Show the log of ${run.name}`,
        icon: icons.log,
        onClick: () => ask({ type: 'showLog', run: run.id }),
      });
      const remove = button({
        label: 'Remove',
        title: `Remove ${run.name} from this view`,
        icon: icons.remove,
        onClick: () => ask({ type: 'removeRun', run: run.id }),
      });
      log.element.dataset.focusKey = `log ${run.id}`;
      remove.element.dataset.focusKey = `remove ${run.id}`;
      const line = element('div', 'run-line');
      line.append(toggle.element, log.element, remove.element);
      row.append(line, state);
      return row;
    }),
  );
  if (focused) document.querySelector<HTMLElement>(`[data-focus-key="${CSS.escape(focused)}"]`)?.focus();
}

const stateWords: Record<CurveRun['state'], string> = {
  running: 'Running',
  finished: 'Finished',
  stopped: 'Stopped',
  failed: 'Failed',
  interrupted: 'Interrupted',
  unknown: '',
};

function stateText(run: CurveRun): string {
  const columns = numbers.get(run.id);
  const last = columns?.epoch.at(-1);
  const parts = [stateWords[run.state]];
  if (columns && last !== undefined) {
    parts.push(`epoch ${last + 1}${run.plannedEpochs ? ` of ${run.plannedEpochs}` : ''}`);
    const row = run.bestEpoch === null ? -1 : rowOfEpoch(columns.epoch, run.bestEpoch);
    if (row >= 0) parts.push(`best Dice ${columns.emaDice[row]!.toFixed(3)}`);
  } else if (run.state === 'running') parts.push('the first epoch is not finished yet');
  return parts.filter(Boolean).join(' · ');
}

function drawNotes(): void {
  // The best epoch also stands in the list of trainings: several of them would only push other notes away.
  const all = runs.flatMap((run) =>
    run.notes.filter(({ code }) => runs.length === 1 || code !== 'best-epoch').map((note) => ({ run, note })),
  );
  const order = { error: 0, warning: 1, info: 2 };
  all.sort((a, b) => order[a.note.severity] - order[b.note.severity]);
  noteList.replaceChildren(...all.map(({ run, note }) => noteRow(run, note)));
  if (all.length === 0) {
    const row = element('li', 'note-none');
    row.textContent = 'Nothing to remark yet.';
    noteList.append(row);
  }
}

function noteRow(run: CurveRun, note: CurveNote): HTMLElement {
  const row = element('li', `note note-${note.severity}`);
  const text = element('span');
  text.textContent = runs.length > 1 ? `${run.name}: ${note.text}` : note.text;
  const words = { error: 'Error', warning: 'Warning', info: 'Information' }[note.severity];
  const icon = iconElement(icons[note.severity]);
  icon.removeAttribute('aria-hidden');
  icon.setAttribute('role', 'img');
  icon.setAttribute('aria-label', words);
  if (note.epoch === undefined) {
    row.append(icon, text);
    return row;
  }
  const epoch = note.epoch + 1;
  const link = element('button', 'note-link') as HTMLButtonElement;
  link.type = 'button';
  link.title = `Show epoch ${epoch}`;
  link.append(icon, text);
  link.addEventListener('click', () => {
    if (zoom && (epoch < zoom[0] || epoch > zoom[1])) zoom = undefined;
    draw();
    host.point(epoch, true);
  });
  row.append(link);
  return row;
}

// ---- export ----

async function exportAs(format: 'svg' | 'png' | 'csv'): Promise<void> {
  const shown = shownRuns();
  if (shown.length === 0) return;
  const title = shown.map(({ run }) => run.name).join(', ');
  const name = `curves-${title.replace(/[^\p{L}\p{N}_-]+/gu, '-').slice(0, 60)}`;
  if (format === 'csv') {
    ask({ type: 'export', format, name, content: curvesCsv(shown) });
    return;
  }
  const [from, to] = zoom ?? fullRange(shown);
  const picture = curvesPicture(makeCharts(shown, viewOptions(shown)), {
    title,
    // Paper is white, whatever the theme.
    color: (index) => lineColor('light', index),
    from,
    to,
    best: bestEpochs(shown).map(({ epoch }) => epoch),
  });
  if (format === 'svg') {
    ask({ type: 'export', format, name, content: picture.svg });
    return;
  }
  try {
    ask({ type: 'export', format, name, content: await rasterized(picture) });
  } catch {
    say('The picture could not be drawn; export it as SVG instead.');
  }
}

/** At twice the size, so that it stays sharp in print. */
async function rasterized({
  svg,
  width,
  height,
}: {
  svg: string;
  width: number;
  height: number;
}): Promise<ArrayBuffer> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = Object.assign(document.createElement('canvas'), { width: width * 2, height: height * 2 });
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (!blob) throw new Error('The canvas gave no picture.');
  return blob.arrayBuffer();
}

// ---- small things ----

function say(text: string): void {
  status.textContent = text;
}

function element(tag: string, className = ''): HTMLElement {
  const made = document.createElement(tag);
  if (className) made.className = className;
  return made;
}

function heading(text: string): HTMLElement {
  return Object.assign(element('h2'), { textContent: text });
}

onThemeChange(() => {
  scheduleSidebar();
  schedule();
});
post({ type: 'ready', runs: saved?.runs });
