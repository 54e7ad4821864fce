/** What the editor of inference_information.json shows: why this model was chosen, or why that can't be told. */
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { modelFolderName, modelPaths } from '../../dataset/results';
import type { FoundBest } from '../../jobs/results';
import { readModelDatasetJson, type DatasetJson } from '../../method/datasetJson';
import { readFoundBest } from '../../runs/foundBest';
import { openJsonCommand } from '../evaluation/summaryEditor';
import type { FilePage } from '../pageEditor';
import { commandLink } from '../plainWords';
import { bestModelFailurePage, bestModelPage } from './bestModelPage';

export const bestModelViewType = 'nnunet.bestModel';
/** Only for the links of the page. */
export const openCandidateCommand = 'nnunet.openCandidate';

const predictCommand = 'nnunet.predict';

export const bestModelOfFile: FilePage = {
  viewType: bestModelViewType,
  commands: [openCandidateCommand, openJsonCommand, predictCommand],
  page: async ({ fsPath }, options) => {
    const results = dirname(fsPath);
    const dataset = basename(results);
    const found = await readFoundBest(results);
    return bestModelPage(dataset.replace(/^Dataset\d{3}_/, ''), found, await labelsOf(results, found), {
      ...options,
      predict: commandLink(predictCommand, dataset),
      openSummary: (folder) => commandLink(openCandidateCommand, folder),
      openJson: commandLink(openJsonCommand, fsPath),
    });
  },
  failurePage: ({ fsPath }, lines, options) => bestModelFailurePage(basename(dirname(fsPath)), lines, options),
};

/** Those that the chosen model was trained with. */
async function labelsOf(results: string, { best }: FoundBest): Promise<DatasetJson> {
  const { datasetJson: file } = modelPaths(join(results, modelFolderName(best.models[0]!)));
  return readModelDatasetJson(await readFile(file, 'utf8'), file);
}
