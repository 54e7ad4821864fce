/** Shows what is wrong with datasets in the Problems view, offers fixes, and explains labels and channels on hover. */
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { Finding } from '../../dataset/findings';
import { rawPaths } from '../../dataset/rawDataset';
import type { DatasetReference } from '../../dataset/references';
import { tooltip } from '../notify';
import type { Services } from '../services';
import { explainAt } from './explain';
import { type Problem, problemsOf } from './problems';
import { quickFix } from './quickFixes';

const datasetJsonFiles: vscode.DocumentSelector = [
  { language: 'json', pattern: '**/Dataset*_*/dataset.json' },
  { language: 'jsonc', pattern: '**/Dataset*_*/dataset.json' },
];

export function registerDiagnostics(services: Services): vscode.Disposable {
  const { catalog, output } = services;
  const collection = vscode.languages.createDiagnosticCollection('nnunet');
  /** What was published, by dataset: findings of a diagnostic are needed again for its fixes. */
  const published = new Map<string, { uri: vscode.Uri; findings: Map<string, Finding> }>();

  async function publish(dataset: DatasetReference): Promise<void> {
    const uri = vscode.Uri.file(rawPaths(dataset.raw).datasetJson);
    try {
      const findings = await catalog.findings(dataset);
      const text = await readFile(uri.fsPath, 'utf8').catch(() => '');
      const problems = problemsOf(findings, text);
      published.set(dataset.folderName, {
        uri,
        findings: new Map(problems.map(({ finding, message }) => [keyOf(finding.code, message), finding])),
      });
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
      }
    }
  }

  async function onDocument(document: vscode.TextDocument): Promise<void> {
    if (!vscode.languages.match(datasetJsonFiles, document)) return;
    const dataset = (await catalog.datasets()).find(({ raw }) => raw === dirname(document.uri.fsPath));
    if (dataset) await catalog.raw(dataset);
  }

  const log = (error: unknown): void => output.warn(String(error));
  for (const document of vscode.workspace.textDocuments) onDocument(document).catch(log);
  return vscode.Disposable.from(
    collection,
    catalog.onDidRead((dataset) => void publish(dataset)),
    catalog.onDidChange(({ dataset }) => void renew(dataset).catch(log)),
    vscode.workspace.onDidOpenTextDocument((document) => void onDocument(document).catch(log)),
    vscode.workspace.onDidSaveTextDocument((document) => {
      if (vscode.languages.match(datasetJsonFiles, document)) void catalog.look();
    }),
    vscode.languages.registerCodeActionsProvider(
      datasetJsonFiles,
      {
        provideCodeActions(document, _range, { diagnostics }) {
          const entry = [...published].find(([, { uri }]) => uri.fsPath === document.uri.fsPath);
          if (!entry) return [];
          const [folderName, { findings }] = entry;
          return diagnostics.flatMap((diagnostic) => {
            const code = String(diagnostic.code);
            const finding = findings.get(keyOf(code, diagnostic.message));
            return finding && diagnostic.source === 'nnU-Net'
              ? actionsFor(document, diagnostic, finding, folderName)
              : [];
          });
        },
      },
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

function actionsFor(
  document: vscode.TextDocument,
  diagnostic: vscode.Diagnostic,
  finding: Finding,
  folderName: string,
): vscode.CodeAction[] {
  const text = document.getText();
  const fix = quickFix(finding, text);
  if (fix) {
    const action = new vscode.CodeAction(fix.title, vscode.CodeActionKind.QuickFix);
    action.edit = new vscode.WorkspaceEdit();
    for (const { offset, length, content } of fix.edits) {
      const range = new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
      action.edit.replace(document.uri, range, content);
    }
    action.diagnostics = [diagnostic];
    action.isPreferred = true;
    return [action];
  }
  if (finding.fix === undefined) return [];
  const title = vscode.l10n.t('Fix all that can be fixed safely in {0}', folderName);
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.command = { command: 'nnunet.fixDataset', title, arguments: [folderName] };
  action.diagnostics = [diagnostic];
  return [action];
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
