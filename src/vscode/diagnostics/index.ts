/** Shows what is wrong with datasets in the Problems view, offers fixes, and explains labels and channels on hover. */
import * as vscode from 'vscode';
import type { Finding } from '../../dataset/findings';
import { rawPaths } from '../../dataset/rawDataset';
import type { DatasetReference } from '../../dataset/references';
import { inBackground } from '../background';
import { tooltip } from '../notify';
import type { Services } from '../services';
import { type Action, actionsFor } from './codeActions';
import { explainAt } from './explain';
import { followEditors, followFile } from './followDatasetJson';
import { type Problem, problemsOf } from './problems';
import type { DatasetFacts } from './quickFixes';

const datasetJsonFiles: vscode.DocumentSelector = [
  { language: 'json', pattern: '**/Dataset*_*/dataset.json' },
  { language: 'jsonc', pattern: '**/Dataset*_*/dataset.json' },
];

const isDatasetJson = (document: vscode.TextDocument): boolean =>
  vscode.languages.match(datasetJsonFiles, document) > 0;

interface Published {
  uri: vscode.Uri;
  findings: Map<string, Finding>;
  facts: DatasetFacts;
}

export function registerDiagnostics(services: Services): vscode.Disposable {
  const { catalog, output } = services;
  const collection = vscode.languages.createDiagnosticCollection('nnunet');
  /** What was published, by dataset: findings of a diagnostic are needed again for its fixes. */
  const published = new Map<string, Published>();
  /** The latest publication of each dataset: one that took longer must not replace it. */
  const latest = new Map<string, object>();
  const watchers = new Map<string, vscode.Disposable>();

  async function publish(dataset: DatasetReference): Promise<void> {
    const uri = vscode.Uri.file(rawPaths(dataset.raw).datasetJson);
    const mine = {};
    latest.set(dataset.folderName, mine);
    try {
      const findings = await catalog.findings(dataset);
      const { text, cases } = await catalog.raw(dataset);
      if (latest.get(dataset.folderName) !== mine) return;
      const problems = problemsOf(findings, text);
      published.set(dataset.folderName, {
        uri,
        findings: new Map(problems.map(({ finding, message }) => [keyOf(finding.code, message), finding])),
        facts: { folder: dataset.raw, cases, findings },
      });
      if (!watchers.has(uri.fsPath)) watchers.set(uri.fsPath, followFile(catalog, dataset));
      collection.set(
        uri,
        problems.map((problem) => diagnosticOf(problem, text)),
      );
    } catch (error) {
      output.warn(`The findings of ${dataset.folderName} can't be shown: ${(error as Error).message}`);
    }
  }

  /** Only of datasets that were published before: nothing is read that nobody asked for. */
  async function renew(folderName: string | undefined): Promise<void> {
    for (const [name, { uri }] of [...published]) {
      if (folderName !== undefined && folderName !== name) continue;
      const dataset = await catalog.dataset(name);
      if (dataset?.exists.raw && rawPaths(dataset.raw).datasetJson === uri.fsPath) await publish(dataset);
      else {
        collection.delete(uri);
        published.delete(name);
        watchers.get(uri.fsPath)?.dispose();
        watchers.delete(uri.fsPath);
      }
    }
  }

  return vscode.Disposable.from(
    collection,
    { dispose: () => watchers.forEach((watcher) => watcher.dispose()) },
    catalog.onDidRead((dataset) => inBackground(publish(dataset), 'Showing findings')),
    catalog.onDidChange(({ dataset }) => inBackground(renew(dataset), 'Showing findings')),
    followEditors(catalog, isDatasetJson),
    vscode.languages.registerCodeActionsProvider(
      datasetJsonFiles,
      {
        provideCodeActions(document, _range, { diagnostics }) {
          const entry = [...published].find(([, { uri }]) => uri.fsPath === document.uri.fsPath);
          if (!entry) return [];
          const [folderName, { findings, facts }] = entry;
          return diagnostics.flatMap((diagnostic): Action[] => {
            const code = String(diagnostic.code);
            const finding = findings.get(keyOf(code, diagnostic.message));
            return finding && diagnostic.source === 'nnU-Net'
              ? actionsFor(document, diagnostic, finding, folderName, facts)
              : [];
          });
        },
        resolveCodeAction: (action) => action.resolve?.() ?? action,
      } satisfies vscode.CodeActionProvider<Action>,
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    ),
    vscode.languages.registerHoverProvider(datasetJsonFiles, {
      provideHover(document, position) {
        const explanation = explainAt(document.getText(), document.offsetAt(position));
        if (!explanation) return undefined;
        const { text, offset, length } = explanation;
        const range = new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
        return new vscode.Hover(tooltip(text), range);
      },
    }),
  );
}

function diagnosticOf({ finding, message, offset, length }: Problem, text: string): vscode.Diagnostic {
  const { Error, Warning } = vscode.DiagnosticSeverity;
  const range = new vscode.Range(positionAt(text, offset), positionAt(text, offset + length));
  const diagnostic = new vscode.Diagnostic(range, message, finding.severity === 'error' ? Error : Warning);
  diagnostic.source = 'nnU-Net';
  diagnostic.code = finding.code;
  return diagnostic;
}

function positionAt(text: string, offset: number): vscode.Position {
  const before = text.slice(0, offset);
  const line = before.split('\n').length - 1;
  return new vscode.Position(line, offset - (before.lastIndexOf('\n') + 1));
}

function keyOf(code: string, message: string): string {
  return `${code}\n${message}`;
}
