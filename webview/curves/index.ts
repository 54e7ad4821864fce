/** The page of training curves: keeps the runs that the extension sends, and what the person chose to see of them. */
import '../language';
import { t } from '@vscode/l10n';
import 'uplot/dist/uPlot.min.css';
import './curves.css';
import type {
  CurveColumns,
  CurveRun,
  CurvesRequest,
  CurvesToHost,
  CurvesToPage,
  IterationColumns,
} from '../../src/protocol/curves';
import { button, checkbox, dropdown, onThemeChange } from '../controls';
import { ChartView } from './chart';
import { mergeRows } from './columns';
import { curvesCsv } from './csv';
import { NoteList } from './noteList';
import { lineColor } from './palette';
import { rasterized } from './rasterized';
import { RunList } from './runList';
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
const iterations = new Map<string, IterationColumns>();
/** What runs that are going on do now. */
const progress = new Map<string, string>();
let zoom: [number, number] | undefined;
let pointed: number | undefined;
let hasHeard = false;

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
      for (const map of [numbers, iterations, progress])
        for (const id of map.keys()) if (!runs.some((run) => run.id === id)) map.delete(id);
      save();
      scheduleSidebar();
      schedule();
      return;
    case 'rows':
      numbers.set(data.run, mergeRows(numbers.get(data.run), data.start, data.columns));
      scheduleSidebar();
      schedule();
      return;
    case 'iterations':
      iterations.set(data.run, data.columns);
      schedule();
      return;
    case 'progress':
      progress.set(data.run, data.text);
      runList.tellStates();
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
toolbar.setAttribute('aria-label', t('Curves'));
const status = element('span', 'status');
status.setAttribute('role', 'status');
const epochText = element('span', 'epoch');
const announcer = element('div', 'visually-hidden');
announcer.setAttribute('aria-live', 'polite');
const charts = element('div', 'charts');
const runList = new RunList({
  numbers,
  progress,
  isHidden: (run) => hidden.has(run),
  show: (run, isShown) => {
    if (isShown) hidden.delete(run);
    else hidden.add(run);
    save();
    schedule();
  },
  ask,
});
const noteList = new NoteList((epoch) => {
  if (zoom && (epoch < zoom[0] || epoch > zoom[1])) zoom = undefined;
  draw();
  host.point(epoch, true);
});
const empty = element('div', 'empty');

const host = {
  zoom(range: [number, number] | undefined): void {
    zoom = range;
    schedule();
  },
  point(epoch: number | undefined, announce: boolean): void {
    pointed = epoch;
    epochText.textContent = epoch === undefined ? '' : t('Epoch {0}', epoch);
    for (const view of views) view.point(epoch);
    if (announce && epoch !== undefined) {
      const here = views.find((view) => view.element.contains(document.activeElement)) ?? views[0]!;
      announcer.textContent = t('Epoch {0}: {1}', epoch, here.describe(epoch));
    }
  },
};
const views = Array.from({ length: 4 }, () => new ChartView(host));

const smoothingChoice = dropdown({
  label: t('Smoothing'),
  value: String(options.smoothing),
  choices: [
    { value: '0', label: t('None') },
    { value: '5', label: '5 epochs' },
    { value: '20', label: '20 epochs' },
    { value: '100', label: '100 epochs' },
  ],
  onChange: (value) => choose({ smoothing: Number(value) }),
});
const logChoice = checkbox({
  label: t('Log scale'),
  title: t('Logarithmic scale for loss, learning rate and time'),
  checked: options.logScale,
  onChange: (logScale) => choose({ logScale }),
});
const classChoice = checkbox({
  label: t('Dice per class'),
  checked: options.showClasses ?? true,
  onChange: (showClasses) => choose({ showClasses }),
});
const resetZoom = button({ label: t('Show All Epochs'), onClick: () => host.zoom(undefined) });
const exportChoice = dropdown({
  label: t('Export'),
  value: '',
  choices: [
    { value: '', label: t('Export…') },
    { value: 'svg', label: 'SVG picture' },
    { value: 'png', label: 'PNG picture' },
    { value: 'csv', label: 'CSV table' },
  ],
  showsLabel: false,
  onChange: (format) => {
    exportChoice.value = '';
    exportAs(format as 'svg' | 'png' | 'csv').catch((error: unknown) =>
      say(t('The curves could not be exported: {0}', String(error))),
    );
  },
});
const addRuns = button({ label: t('Add Trainings…'), onClick: () => ask({ type: 'addRuns' }) });
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
sidebar.setAttribute('aria-label', t('Trainings and notes'));
sidebar.append(heading(t('Trainings')), runList.element, heading(t('Notes')), noteList.element);
charts.append(...views.map((view) => view.element));
const body = element('div', 'body');
body.append(charts, sidebar);
empty.append(
  Object.assign(element('p'), {
    textContent: t(
      'No training to show yet. Start one, and its curves are drawn here as it learns; or choose earlier ones, nnU-Net’s own logs included.',
    ),
  }),
  button({ label: t('Choose Trainings…'), appearance: 'primary', onClick: () => ask({ type: 'addRuns' }) }).element,
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
    const begun = iterations.get(run.id);
    const hasAny = columns && (columns.epoch.length > 0 || (begun?.iteration.length ?? 0) > 0);
    return hasAny && !hidden.has(run.id) ? [{ run, columns, index, iterations: begun }] : [];
  });
}

/** What is exported is a training's epochs. */
function withEpochs(shown: readonly ShownRun[]): ShownRun[] {
  return shown.flatMap((one) => (one.columns.epoch.length > 0 ? [{ ...one, iterations: undefined }] : []));
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
    runList.draw(runs);
    noteList.draw(runs);
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
  exportChoice.disabled = withEpochs(shown).length === 0;
  if (pointed !== undefined) views.forEach((view) => view.point(pointed));
  root.dataset.drawnEpochs = String(shown.reduce((sum, { columns }) => sum + columns.epoch.length, 0));
  root.dataset.drawnIterations = String(made[0]!.unit === 'iteration' ? made[0]!.lines[0]!.epoch.length : 0);
}

function fullRange(shown: readonly ShownRun[]): [number, number] {
  const last = shown.reduce((high, { columns }) => Math.max(high, (columns.epoch.at(-1) ?? 0) + 1), 2);
  const first = shown.reduce((low, { columns }) => Math.min(low, (columns.epoch[0] ?? last) + 1), last - 1);
  return [first, last];
}

/** Best epoch of each run that has found anything, counted from 1. */
function bestEpochs(shown: readonly ShownRun[]): { epoch: number; index: number }[] {
  return shown.flatMap(({ run: { bestEpoch }, columns, index }) => {
    const row = bestEpoch === null ? -1 : rowOfEpoch(columns.epoch, bestEpoch);
    return row >= 0 && columns.emaDice[row]! > 0 ? [{ epoch: bestEpoch! + 1, index }] : [];
  });
}

// ---- export ----

async function exportAs(format: 'svg' | 'png' | 'csv'): Promise<void> {
  const shown = withEpochs(shownRuns());
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
    say(t('The picture could not be drawn; export it as SVG instead.'));
  }
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
