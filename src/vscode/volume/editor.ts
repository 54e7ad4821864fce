/** The read-only editor for volumes: one session and one worker for each editor, commands to open with masks and to compare. */
import { t } from '@vscode/l10n';
import { posix } from 'node:path';
import * as vscode from 'vscode';
import { inBackground } from '../background';
import { PagePost } from '../pagePost';
import { requireConfirmedFile } from '../../dataset/outputPlace';
import { endingsInDialogs } from '../../images/endings';
import type { LabelBox } from '../../pipeline/prediction/predictPreview';
import type { CaseOrder, LabelInfo, VolumeSettings, VolumeToWebview } from '../../protocol/volume';
import { setting } from '../settings';
import type { Services } from '../services';
import { webviewHtml, webviewOptions } from '../webviewPage';
import type { Surroundings } from './files';
import { imageOfSegmentation } from './imageOfSegmentation';
import { KeptSearches } from './keptSearches';
import { LabelContents } from './labelContents';
import { OpenEditors } from './openEditors';
import { OpeningTimes } from './openingTimes';
import type { ImagePlace } from './place';
import type { OpenWith } from './openWith';
import { SearchedVscodeFiles } from './searchedFiles';
import { VolumeSession } from './session';
import type { Milestone } from './sessionHost';
import { viewTypeOf } from './viewType';
import { LocalCopies, VscodeFiles } from './vscodeFiles';
import { WatchedFolders } from './watchedFolders';
import { texts } from '../language';
import { VolumeWorker } from './workerClient';

/** What a prediction shows before it is done. */
interface GrowingMask {
  add(box: LabelBox): void;
  /** @param segmentation path of the mask that takes its place */
  end(segmentation?: string): void;
}

class VolumeDocument implements vscode.CustomDocument {
  constructor(readonly uri: vscode.Uri) {}

  dispose(): void {
    // What an editor holds goes with its panel.
  }
}

export class VolumeEditorProvider implements vscode.CustomReadonlyEditorProvider<VolumeDocument> {
  private readonly editors = new OpenEditors();
  private readonly contents: LabelContents;
  /** By file system. */
  private readonly searches = new Map<string, KeptSearches>();
  private caseOrder: CaseOrder = 'order';
  /** For editors that are still being opened. */
  private readonly wishes = new Map<string, OpenWith>();

  constructor(private readonly services: Services) {
    this.contents = new LabelContents(services.distFile('volumeWorker.js'));
  }

  dispose(): void {
    this.contents.dispose();
  }

  filesOf(uri: vscode.Uri): SearchedVscodeFiles {
    return new SearchedVscodeFiles(uri, this.contents);
  }

  openCustomDocument(uri: vscode.Uri): VolumeDocument {
    return new VolumeDocument(uri);
  }

  resolveCustomEditor(document: VolumeDocument, panel: vscode.WebviewPanel): void {
    const { uri } = document;
    const { extensionUri } = this.services;
    const files = this.filesOf(uri);
    const copies = new LocalCopies(files);
    const worker = new VolumeWorker(this.services.distFile('volumeWorker.js'), texts);
    const refresh = debounced(() => session.refresh());
    const watched = new WatchedFolders(uri, refresh.soon);
    const host = { ...this.hostOf(document, panel, files, copies), watch: watched.watch.bind(watched) };
    const session: VolumeSession = new VolumeSession(uri.path, host, worker);
    worker.warmUp();
    session.prepare();
    const editor = { session, panel };
    this.editors.add(uri, editor);
    panel.webview.options = webviewOptions(extensionUri);
    const subscriptions = vscode.Disposable.from(
      panel.webview.onDidReceiveMessage((message: unknown) => {
        inBackground(session.receive(message), 'Volume editor');
      }),
      watched,
      refresh,
      this.services.catalog.onDidChange(({ dataset }) => {
        if (dataset === undefined || dataset === session.dataset) refresh.soon();
      }),
      panel.onDidChangeViewState(() => {
        if (panel.active) this.editors.use(uri, editor);
        if (!panel.visible) session.hide();
        else {
          session.unhide();
          refresh.soon();
        }
      }),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('nnunet.volume')) session.sendSettings();
      }),
    );
    panel.onDidDispose(() => {
      subscriptions.dispose();
      session.dispose();
      worker.dispose();
      copies.dispose();
      this.editors.remove(uri, editor);
    });
    const { webview } = panel;
    webview.html = webviewHtml(webview, extensionUri, {
      name: 'volume',
      policy: [
        // vtk.js and the toolkit set styles from script.
        `style-src ${webview.cspSource} 'unsafe-inline'`,
        `img-src ${webview.cspSource} data: blob:`,
        'worker-src blob:',
      ],
      title: t('Volume'),
      body: '<main id="volume"></main>',
    });
    const wish = this.wishes.get(uri.toString());
    this.wishes.delete(uri.toString());
    if (wish) inBackground(session.show(wish), posix.basename(uri.path), { isAskedFor: true });
  }

  /** Opens an editor, or brings the one that was used last to the front, and shows what is wished in it. */
  async open(uri: vscode.Uri, wish?: OpenWith): Promise<void> {
    const known = this.editors.last(uri);
    if (known) {
      known.panel.reveal();
      if (wish) await known.session.show(wish);
      return;
    }
    if (wish) this.wishes.set(uri.toString(), wish);
    await vscode.commands.executeCommand('vscode.openWith', uri, viewTypeOf(uri.path));
  }

  /** A mask that comes piece by piece, in every editor of the image. */
  grow(uri: vscode.Uri, name: string, labels: LabelInfo[]): GrowingMask {
    return {
      add: (box) => this.editors.of(uri).forEach(({ session }) => session.grow(name, labels, box)),
      end: (segmentation) => this.editors.of(uri).forEach(({ session }) => session.endGrowing(segmentation)),
    };
  }

  isOpen(uri: vscode.Uri): boolean {
    return this.editors.last(uri) !== undefined;
  }

  /** Where the person is looking in the editor of an image that was used last; undefined where none shows it. */
  async place(uri: vscode.Uri): Promise<ImagePlace | undefined> {
    return this.editors.last(uri)?.session.place();
  }

  /** A segmentation that was shown by a command is deleted. */
  forgetSegmentation(uri: vscode.Uri, path: string): void {
    for (const { session } of this.editors.of(uri)) {
      inBackground(session.forget(path), 'Volume editor');
    }
  }

  private searchesOn({ scheme, authority }: vscode.Uri): KeptSearches {
    const fileSystem = `${scheme}://${authority}`;
    const known = this.searches.get(fileSystem) ?? new KeptSearches();
    this.searches.set(fileSystem, known);
    return known;
  }

  surroundings(uri: vscode.Uri): Surroundings {
    const isLocal = uri.scheme === 'file';
    const { raw, results } = isLocal ? this.services.rootsOf(uri.fsPath) : this.services.roots();
    const workspaces = (vscode.workspace.workspaceFolders ?? [])
      .filter((folder) => folder.uri.scheme === uri.scheme && folder.uri.authority === uri.authority)
      .map((folder) => folder.uri.path);
    if (isLocal) return { raw: vscode.Uri.file(raw).path, results: vscode.Uri.file(results).path, workspaces };
    // On another file system the roots are looked for where nnU-Net puts them: below the workspace folder.
    const [first] = workspaces;
    return first
      ? { raw: posix.join(first, 'nnUNet_raw'), results: posix.join(first, 'nnUNet_results'), workspaces }
      : { workspaces };
  }

  private hostOf(
    document: VolumeDocument,
    panel: vscode.WebviewPanel,
    files: SearchedVscodeFiles,
    copies: LocalCopies,
  ) {
    const { uri } = document;
    const { output } = this.services;
    const page = new PagePost<VolumeToWebview>(panel.webview, t('Volume editor'));
    panel.onDidDispose(() => page.close());
    const times = new OpeningTimes((line) => output.info(`${posix.basename(uri.path)}: ${line}`));
    return {
      files,
      searches: this.searchesOn(uri),
      post: page.post,
      surroundings: () => this.surroundings(uri),
      settings: volumeSettings,
      limitBytes: () => Math.max(16, setting('volume.memoryLimit', 1024)) * 2 ** 20,
      local: (path: string) => copies.local(path),
      chooseFile: async () => (await chooseSegmentation(uri))?.path,
      save: (name: string, kind: 'png' | 'gif', bytes: Uint8Array) => savePicture(uri, name, kind, bytes),
      reopen: () =>
        inBackground(vscode.commands.executeCommand('workbench.action.reopenWithEditor'), 'Reopening', {
          isAskedFor: true,
        }),
      caseOrder: () => this.caseOrder,
      showCase: async (path: string, by: CaseOrder) => {
        this.caseOrder = by;
        const place = { viewColumn: panel.viewColumn, preview: false };
        await vscode.commands.executeCommand('vscode.openWith', uri.with({ path }), viewTypeOf(path), place);
        // In its place: going through a hundred cases leaves one tab.
        panel.dispose();
      },
      milestone: (reached: Milestone) => times.reached(reached),
      log: (message: string) => output.warn(`${posix.basename(uri.path)}: ${message}`),
    };
  }
}

/** Files change in bursts: once it is quiet, one look is enough. */
function debounced(act: () => Promise<void>): vscode.Disposable & { soon(): void } {
  let timer: NodeJS.Timeout | undefined;
  return {
    soon: () => {
      clearTimeout(timer);
      timer = setTimeout(() => inBackground(act(), 'Looking at rewritten files'), 500);
    },
    dispose: () => clearTimeout(timer),
  };
}

function volumeSettings(): VolumeSettings {
  return {
    isRadiological: setting('volume.convention', 'radiological') === 'radiological',
    maskOpacity: Math.min(1, Math.max(0, setting('volume.maskOpacity', 0.5))),
  };
}

/** For dialogs. */
export function volumeFilters(): Record<string, string[]> {
  return { [vscode.l10n.t('Volumes and pictures')]: [...endingsInDialogs] };
}

async function chooseSegmentation(beside: vscode.Uri): Promise<vscode.Uri | undefined> {
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Choose a Segmentation of This Image'),
      openLabel: vscode.l10n.t('Show'),
      defaultUri: vscode.Uri.joinPath(beside, '..'),
      filters: volumeFilters(),
    })) ?? [];
  return chosen;
}

async function savePicture(
  beside: vscode.Uri,
  name: string,
  kind: 'png' | 'gif',
  bytes: Uint8Array,
): Promise<string | null> {
  const folder = vscode.workspace.getWorkspaceFolder(beside)?.uri ?? vscode.Uri.joinPath(beside, '..');
  const target = await vscode.window.showSaveDialog({
    title: kind === 'gif' ? vscode.l10n.t('Save Slices as GIF') : vscode.l10n.t('Save View as PNG'),
    defaultUri: vscode.Uri.joinPath(folder, name.toLowerCase().endsWith(`.${kind}`) ? name : `${name}.${kind}`),
    filters: kind === 'gif' ? { GIF: ['gif'] } : { PNG: ['png'] },
  });
  if (!target) return null;
  if (target.scheme === 'file')
    await requireConfirmedFile(target.fsPath, beside.scheme === 'file' ? [beside.fsPath] : []);
  await vscode.workspace.fs.writeFile(target, bytes);
  return target.scheme === 'file' ? target.fsPath : target.toString(true);
}

/** The image that segmentations are of; asked for where it can't be found. */
export async function imageFor(
  segmentation: vscode.Uri,
  provider: VolumeEditorProvider,
): Promise<vscode.Uri | undefined> {
  const files = new VscodeFiles(segmentation);
  const path = await imageOfSegmentation(segmentation.path, provider.surroundings(segmentation), files);
  if (path !== undefined) return files.uri(path);
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Choose the Image That {0} Belongs To', posix.basename(segmentation.path)),
      openLabel: vscode.l10n.t('Show'),
      defaultUri: vscode.Uri.joinPath(segmentation, '..'),
      filters: volumeFilters(),
    })) ?? [];
  return chosen;
}
