/** One page of curves, in the panel or an editor tab: reads the runs it shows as they grow, and serves its requests. */
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { inBackground } from '../background';
import { PagePost } from '../pagePost';
import type { CurveRun, CurvesRequest, CurveState, CurvesToHost, CurvesToPage } from '../../protocol/curves';
import { distinctNames } from '../../runs/curveNames';
import { curveNotes } from '../../runs/curveNotes';
import { CurveSource, readAll } from '../../runs/curveSource';
import { bestEpoch } from '../../runs/trainingCurves';
import { foldTitle, progressLine } from '../../runs/describe';
import { requireConfirmedFile } from '../../dataset/outputPlace';
import { errorText } from '../messages';
import type { Services } from '../services';

const pollMilliseconds = 1000;
/** What is said of a run that has no curve. */
const withoutEpoch: Readonly<Record<CurveState, string | undefined>> = {
  running: undefined,
  stopped: t('Stopped before its first epoch was finished'),
  interrupted: t('Interrupted before its first epoch was finished'),
  failed: t('Failed before its first epoch was finished'),
  finished: t('No finished epoch here'),
  unknown: t('No finished epoch here'),
};
const noIterations = { iteration: new Float64Array(0), loss: new Float64Array(0) };

/** What a page asks of whoever holds it. */
export interface PageOwner {
  /** The person may choose runs; undefined: changed their mind. */
  pickRuns(shown: readonly string[]): Promise<string[] | undefined>;
  /** The runs of the page are others now, by the person's choice or `setRuns`. */
  onDidChangeRuns(runs: readonly string[]): void;
  /** Runs for a page that has none. */
  defaultRuns(): Promise<string[]>;
}

export class CurvesPage implements vscode.Disposable {
  private sources: CurveSource[] = [];
  private readonly disposables: vscode.Disposable[] = [];
  private readonly page: PagePost<CurvesToPage>;
  private timer: NodeJS.Timeout | undefined;
  private isReady = false;
  private isVisible = true;
  private isReading = false;
  private lastRuns = '';
  /** What the page has of each source besides its rows; nothing where it has no rows either. */
  private readonly sent = new WeakMap<CurveSource, { iterations: number; progress: string }>();
  private readonly notes = new WeakMap<CurveSource, { key: string; notes: CurveRun['notes'] }>();

  constructor(
    webview: vscode.Webview,
    private readonly services: Services,
    private readonly owner: PageOwner,
    runs: readonly string[],
  ) {
    this.page = new PagePost(webview, t('Curves'));
    this.sources = runs.map((path) => new CurveSource(path));
    this.disposables.push(
      webview.onDidReceiveMessage((message: CurvesToHost) => inBackground(this.receive(message), 'Curves')),
      services.runs.onEvent(({ folder, event }) => {
        const source = this.sources.find(({ path }) => path === folder);
        if (source && (event.type !== 'iteration' || source.drawsIterations)) this.refreshSoon(50);
      }),
    );
  }

  get runs(): string[] {
    return this.sources.map(({ path }) => path);
  }

  setRuns(runs: readonly string[]): void {
    this.follow(runs);
    this.owner.onDidChangeRuns(this.runs);
  }

  /** Shows other runs without making them the person's choice. */
  follow(runs: readonly string[]): void {
    const kept = new Map(this.sources.map((source) => [source.path, source]));
    this.sources = [...new Set(runs)].map((path) => kept.get(path) ?? new CurveSource(path));
    this.refreshSoon(0);
  }

  /** A page that nobody sees reads nothing. */
  setVisible(isVisible: boolean): void {
    this.isVisible = isVisible;
    if (isVisible) this.refreshSoon(0);
    else clearTimeout(this.timer);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.isVisible = false;
    this.page.close();
    for (const disposable of this.disposables) disposable.dispose();
  }

  private async receive(message: CurvesToHost): Promise<void> {
    switch (message.type) {
      case 'ready':
        // A page that was built anew has nothing of what its predecessor was sent.
        for (const source of this.sources) this.sent.delete(source);
        this.lastRuns = '';
        this.isReady = true;
        if (this.sources.length === 0) {
          const remembered = message.runs?.length ? message.runs : await this.owner.defaultRuns();
          if (this.sources.length === 0) this.sources = remembered.map((path) => new CurveSource(path));
        }
        this.refreshSoon(0);
        return;
      case 'request':
        try {
          const answer = await this.serve(message.request);
          this.post({ type: 'reply', id: message.id, ok: true, message: answer });
        } catch (error) {
          this.services.output.error(errorText(error));
          this.post({ type: 'reply', id: message.id, ok: false, message: errorText(error) });
        }
        return;
      default:
        this.services.output.warn(`The page of curves sent an unknown message: ${JSON.stringify(message)}`);
    }
  }

  private async serve(request: CurvesRequest): Promise<string | undefined> {
    switch (request.type) {
      case 'addRuns': {
        const runs = await this.owner.pickRuns(this.runs);
        if (runs) this.setRuns(runs);
        return undefined;
      }
      case 'removeRun':
        this.setRuns(this.runs.filter((run) => run !== request.run));
        return undefined;
      case 'showLog':
        await showLog(this.sources.find(({ path }) => path === request.run));
        return undefined;
      case 'export':
        return exportFile(request, this.services.rootsOf(...this.runs).results);
    }
  }

  private post(message: CurvesToPage): void {
    this.page.post(message);
  }

  private refreshSoon(milliseconds: number): void {
    clearTimeout(this.timer);
    if (!this.isVisible || !this.isReady) return;
    this.timer = setTimeout(() => inBackground(this.refresh(), 'Curves'), milliseconds);
  }

  private async refresh(): Promise<void> {
    // A long log is still being read: what has come in the meantime is taken by the next turn.
    if (!this.isReading) {
      this.isReading = true;
      try {
        for (const source of this.sources) await this.update(source);
        this.sendRuns();
      } catch (error) {
        this.services.output.error(`Curves: ${errorText(error)}`);
      } finally {
        this.isReading = false;
      }
    }
    this.refreshSoon(pollMilliseconds);
  }

  private async update(source: CurveSource): Promise<void> {
    let changedFrom: number | undefined;
    try {
      changedFrom = await readAll(source);
    } catch (error) {
      // A folder that vanished or can't be read now: the next turn tries again.
      this.services.output.debug(`Curves of ${source.path}: ${errorText(error)}`);
    }
    if (!this.sources.includes(source)) return;
    const before = this.sent.get(source);
    const start = before ? changedFrom : 0;
    const now = {
      iterations: source.drawsIterations ? source.iterations.version : -1,
      progress: this.progressOf(source),
    };
    this.sent.set(source, now);
    const run = source.path;
    if (start !== undefined) this.post({ type: 'rows', run, start, columns: source.curves.columns(start) });
    if (now.iterations !== before?.iterations) {
      const columns = source.drawsIterations ? source.iterations.columns() : noIterations;
      this.post({ type: 'iterations', run, columns });
    }
    if (now.progress !== before?.progress) this.post({ type: 'progress', run, text: now.progress });
  }

  private progressOf({ path }: CurveSource): string {
    const status = this.services.runs.get(path)?.status;
    return status?.state === 'running' ? progressLine(status) : '';
  }

  private sendRuns(): void {
    const named = this.sources.map((source) => ({ path: source.path, names: source.names }));
    const shortNames = distinctNames(named);
    const runs = this.sources.map((source, index): CurveRun => {
      const { curves, state, plannedEpochs } = source;
      const { dataset, model, fold, classNames } = named[index]!.names;
      return {
        id: source.path,
        name: shortNames[index]!,
        detail: [dataset, model, fold && foldTitle(fold), source.path].filter(Boolean).join('\n'),
        state,
        classNames,
        plannedEpochs,
        bestEpoch: bestEpoch(curves),
        notes: this.notesOf(source, { classNames, plannedEpochs, isRunning: state === 'running' }),
        problem: curves.length === 0 ? withoutEpoch[state] : undefined,
      };
    });
    const text = JSON.stringify(runs);
    if (text === this.lastRuns) return;
    this.lastRuns = text;
    this.post({ type: 'runs', runs });
  }

  private notesOf(source: CurveSource, context: Parameters<typeof curveNotes>[1]): CurveRun['notes'] {
    const epochs = source.curves.column('epoch');
    const key = JSON.stringify([epochs.length, epochs.at(-1), source.curves.column('trainLoss').at(-1), context]);
    const known = this.notes.get(source);
    if (known?.key === key) return known.notes;
    const notes = curveNotes(source.curves, context);
    this.notes.set(source, { key, notes });
    return notes;
  }
}

async function showLog(source: CurveSource | undefined): Promise<void> {
  const file = source?.logFile;
  if (!file) throw new Error('This training has left no log.');
  await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: true });
}

const filters = {
  svg: { 'SVG picture': ['svg'] },
  png: { 'PNG picture': ['png'] },
  csv: { 'CSV table': ['csv'] },
};

/** @returns what to tell the person; undefined when they changed their mind */
async function exportFile(
  { format, name, content }: Extract<CurvesRequest, { type: 'export' }>,
  resultsRoot: string,
): Promise<string | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(resultsRoot);
  const target = await vscode.window.showSaveDialog({
    title: t('Export Curves'),
    defaultUri: vscode.Uri.joinPath(folder, `${name}.${format}`),
    filters: filters[format],
  });
  if (!target) return undefined;
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content);
  if (target.scheme === 'file') await requireConfirmedFile(target.fsPath, []);
  await vscode.workspace.fs.writeFile(target, bytes);
  return t('Saved {0}', vscode.workspace.asRelativePath(target));
}
