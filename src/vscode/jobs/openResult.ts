/** Shows what a job has made: a page of Dice, the findings, a model's card, or the folder that the files lie in. */
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { foldPaths } from '../../dataset/results';
import type { KnownJob } from '../../jobs/knownJob';
import { readResult } from '../../jobs/jobEnd';
import { isChoice } from '../../pipeline/chosenModel';
import { revealFolder } from '../explorer';
import { reportViewType } from '../report/reportEditor';

/** @throws StorageError, JsonError where what it left is gone or damaged */
export async function openResult({ folder, training, job }: KnownJob): Promise<void> {
  if (training) return showSummary(foldPaths(folder).summary);
  if (!job) return;
  // Its own folder lies in jobs/, in the shared folder of a results root.
  const resultsRoot = dirname(dirname(dirname(folder)));
  switch (job.kind) {
    case 'sample':
      return revealFolder(job.request.folder);
    case 'import':
      return revealFolder((await readResult<'import'>(resultsRoot, job.id)).folder ?? job.request.rawRoot);
    case 'check':
    case 'fix':
      await vscode.commands.executeCommand('nnunet.showFindings', job.request.dataset);
      return;
    case 'plan':
      return openText((await readResult<'plan'>(resultsRoot, job.id)).file);
    case 'preprocess':
      return revealFolder((await readResult<'preprocess'>(resultsRoot, job.id)).folder);
    case 'predict':
      return revealFolder(job.request.output);
    case 'evaluate':
      return showSummary(job.request.output);
    case 'validate':
      return showSummary(join((await readResult<'validate'>(resultsRoot, job.id)).folder, 'summary.json'));
    case 'find-best':
      await vscode.commands.executeCommand('nnunet.showBestModel', job.request.dataset);
      return;
    case 'ensemble':
    case 'postprocess':
      return revealFolder(job.request.output);
    case 'determine-postprocessing':
      return revealFolder(job.request.predictionFolder);
    case 'export-onnx':
      if (isChoice(job.request.modelFolder)) return revealFolder(job.request.output);
      await vscode.commands.executeCommand('nnunet.showModelCard', vscode.Uri.file(job.request.output));
      return;
    case 'export-model':
      return revealFolder(job.request.output);
    case 'import-model':
      return revealFolder((await readResult<'import-model'>(resultsRoot, job.id)).folder);
    case 'report': {
      const { data } = await readResult<'report'>(resultsRoot, job.id);
      await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(data), reportViewType);
      return;
    }
    case 'dataset-card':
      await vscode.commands.executeCommand('nnunet.showDatasetCard', job.request.dataset);
      return;
    case 'volumes':
      await vscode.commands.executeCommand('nnunet.showVolumes', vscode.Uri.file(job.request.folder));
      return;
    case 'train':
      return;
  }
}

async function openText(file: string): Promise<void> {
  await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: true });
}

async function showSummary(file: string): Promise<void> {
  await vscode.commands.executeCommand('nnunet.showSummary', vscode.Uri.file(file));
}
