/** What the editor of .onnx files, and of a trained model's folder, shows: the model's card, or why there is none. */
import { basename, dirname } from 'node:path';
import type * as vscode from 'vscode';
import { InferenceError } from '../../inference/inferenceError';
import type { FilePage } from '../pageEditor';
import { commandLink } from '../plainWords';
import type { StaticPage } from '../staticPage';
import { readModelCard } from './modelCard';
import { readTrainedModelCard } from './trainedModelCard';
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
    const card = isTrained(file) ? readTrainedModelCard(dirname(file.fsPath)) : readModelCard(file.fsPath);
    return modelCardPage(await card, links(file, options));
  },
  failurePage: (file, lines, options) => failurePage(basename(file.path), lines, links(file, options)),
};

/** plans.json stands for the folder that it lies in. */
const isTrained = ({ path }: vscode.Uri): boolean => basename(path) === 'plans.json';

const links = (file: vscode.Uri, options: StaticPage): PageOptions => ({
  ...options,
  predict: commandLink(predictCommand, null, { model: isTrained(file) ? dirname(file.fsPath) : file.fsPath }),
});
