/** The loss curves: a view in the panel, editor tabs, and the command that shows trainings in them. */
import { t } from '@vscode/l10n';
import * as vscode from 'vscode';
import { inBackground } from '../background';
import { requireCurves } from '../../runs/curveSource';
import { registerCommand } from '../registerCommand';
import type { Services } from '../services';
import { webviewHtml, webviewOptions } from '../webviewPage';
import { CurvesPage, type PageOwner } from './page';
import { pickCurves } from './pickCurves';
import { listTrainings, usualChoice } from './trainings';

const viewId = 'nnunet.curves';
const editorType = 'nnunet.curvesEditor';
/** Workspace state: the runs that the person chose for the view. */
const chosenKey = 'nnunet.curves.chosen';

export function registerCurves(services: Services): vscode.Disposable {
  const curves = new Curves(services);
  const { output } = services;
  return vscode.Disposable.from(
    curves,
    vscode.window.registerWebviewViewProvider(viewId, curves),
    vscode.window.registerWebviewPanelSerializer(editorType, curves),
    registerCommand(output, 'nnunet.showCurves', vscode.l10n.t('Show Loss Curves'), (first?: unknown, all?: unknown) =>
      curves.showInView(pathsOf(first, all)),
    ),
    registerCommand(
      output,
      'nnunet.openCurvesInEditor',
      vscode.l10n.t('Open Curves in Editor'),
      (first?: unknown, all?: unknown) => curves.showInEditor(pathsOf(first, all)),
    ),
  );
}

class Curves
  implements vscode.WebviewViewProvider, vscode.WebviewPanelSerializer<{ runs?: string[] }>, vscode.Disposable
{
  private view: { page: CurvesPage; webviewView: vscode.WebviewView } | undefined;
  private readonly pages = new Set<CurvesPage>();
  private readonly watcher: vscode.Disposable;

  constructor(private readonly services: Services) {
    // A view that nobody chose runs for follows what runs.
    this.watcher = services.runs.onDidChange(() => this.follow());
  }

  dispose(): void {
    this.watcher.dispose();
    for (const page of this.pages) page.dispose();
  }

  resolveWebviewView(webviewView: vscode.WebviewView): void {
    const owner = this.owner((runs) => {
      const chosen = runs.length > 0 ? runs : undefined;
      inBackground(this.services.context.workspaceState.update(chosenKey, chosen), 'Remembering the trainings shown');
    });
    const page = this.makePage(webviewView.webview, owner, this.chosen, 'view');
    this.view = { page, webviewView };
    page.setVisible(webviewView.visible);
    webviewView.onDidChangeVisibility(() => page.setVisible(webviewView.visible));
    webviewView.onDidDispose(() => {
      this.view = undefined;
      this.drop(page);
    });
  }

  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: { runs?: string[] } | undefined): Promise<void> {
    this.fill(panel, state?.runs ?? []);
  }

  /** @param paths  fold folders or log files; undefined: the person is asked */
  async showInView(paths: string[] | undefined): Promise<void> {
    const runs = paths ?? (await this.pickRuns(this.chosen));
    if (!runs) return;
    runs.forEach(requireKnown);
    await this.services.context.workspaceState.update(chosenKey, runs);
    this.view?.page.setRuns(runs);
    await vscode.commands.executeCommand(`${viewId}.focus`);
  }

  /** @param paths  as above; undefined: what the view shows, if anything */
  async showInEditor(paths: string[] | undefined): Promise<void> {
    const shown = this.view?.page.runs ?? [];
    const runs = paths ?? (shown.length > 0 ? shown : await this.pickRuns(this.chosen));
    if (!runs) return;
    runs.forEach(requireKnown);
    this.openPanel(runs);
  }

  private get chosen(): string[] {
    return this.services.context.workspaceState.get<string[]>(chosenKey) ?? [];
  }

  private openPanel(runs: readonly string[]): void {
    const panel = vscode.window.createWebviewPanel(editorType, t('Loss Curves'), vscode.ViewColumn.Active);
    this.fill(panel, runs);
  }

  private fill(panel: vscode.WebviewPanel, runs: readonly string[]): void {
    const page = this.makePage(panel.webview, this.owner(), runs, 'editor');
    panel.onDidChangeViewState(() => page.setVisible(panel.visible));
    panel.onDidDispose(() => this.drop(page));
  }

  private makePage(
    webview: vscode.Webview,
    owner: PageOwner,
    runs: readonly string[],
    place: 'view' | 'editor',
  ): CurvesPage {
    const { extensionUri } = this.services;
    const page = new CurvesPage(webview, this.services, owner, runs);
    this.pages.add(page);
    webview.options = webviewOptions(extensionUri);
    webview.html = webviewHtml(webview, extensionUri, {
      name: 'curves',
      // The picture that is exported as PNG is drawn from an image in memory.
      policy: [`style-src ${webview.cspSource}`, 'img-src data: blob:'],
      title: t('Loss Curves'),
      body: `<main id="root" data-place="${place}"></main>`,
    });
    return page;
  }

  private drop(page: CurvesPage): void {
    this.pages.delete(page);
    page.dispose();
  }

  private owner(onDidChangeRuns: (runs: readonly string[]) => void = () => undefined): PageOwner {
    return {
      pickRuns: (shown) => this.pickRuns(shown),
      onDidChangeRuns,
      defaultRuns: async () => usualChoice(await this.lookedAt()),
    };
  }

  private follow(): void {
    if (!this.view || this.chosen.length > 0) return;
    const runs = usualChoice(this.trainings());
    const { page } = this.view;
    if (runs.join('\n') !== page.runs.join('\n') && runs.length > 0) page.follow(runs);
  }

  private trainings(): ReturnType<typeof listTrainings> {
    return listTrainings(this.services.runs.runs);
  }

  /** With those that nobody has told of yet. */
  private async lookedAt(): Promise<ReturnType<typeof listTrainings>> {
    await this.services.runs.refresh();
    return this.trainings();
  }

  private pickRuns(shown: readonly string[]): Promise<string[] | undefined> {
    return pickCurves(() => this.lookedAt(), shown);
  }
}

/** A training that was just started has no log yet: a fold folder of ours is enough. */
function requireKnown(path: string): void {
  if (!/[\\/]fold_(\d+|all)$/.test(path)) requireCurves(path);
}

/** Paths from a command's arguments: texts, URIs, or tree items of folds and runs; undefined for none. */
function pathsOf(first: unknown, all: unknown): string[] | undefined {
  const given = Array.isArray(first) ? first : Array.isArray(all) && all.length > 0 ? all : [first];
  const paths = given.map(pathOf).filter((path) => path !== undefined);
  return paths.length > 0 ? [...new Set(paths)] : undefined;
}

function pathOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value instanceof vscode.Uri) return value.fsPath;
  if (typeof value !== 'object' || value === null) return undefined;
  if ('folder' in value && typeof value.folder === 'string') return value.folder;
  return undefined;
}
