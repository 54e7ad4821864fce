/** What the editor of .onnx files shows: the model's card, or why there is none. */
import { basename } from 'node:path';
import type * as vscode from 'vscode';
import { InferenceError } from '../../inference/inferenceError';
import type { FilePage } from '../pageEditor';
import { commandLink } from '../plainWords';
import type { StaticPage } from '../staticPage';
import { readModelCard } from './modelCard';
import { failurePage, modelCardPage, type PageOptions } from './modelCardPage';

export const modelCardViewType = 'nnunet.onnxModel';
const predictCommand = 'nnunet.predictImage';

export const modelCardOfFile: FilePage = {
  viewType: modelCardViewType,
  commands: [predictCommand],
  page: async (file, options) => {
    if (file.scheme !== 'file') {
      throw new InferenceError('model-remote', 'Only models on the machine that VS Code works on can be used.');
    }
    return modelCardPage(await readModelCard(file.fsPath), links(file, options));
  },
  failurePage: (file, lines, options) => failurePage(basename(file.path), lines, links(file, options)),
};

const links = (file: vscode.Uri, options: StaticPage): PageOptions => ({
  ...options,
  predict: commandLink(predictCommand, null, { model: file.fsPath }),
});
