/** What the editor needs to know of a chosen model before it predicts: names, channels, labels with colours. */
import { t } from '@vscode/l10n';
import { basename, dirname } from 'node:path';
import { parseDatasetName } from '../../dataset/names';
import { splitEnding } from '../../images/endings';
import { readChosenModel } from '../../pipeline/chosenFolds';
import { isChoice } from '../../pipeline/chosenModel';
import { exportedSetTitle, isExportedSet } from '../../pipeline/prediction/exportedSet';
import { modelSetOf } from '../../pipeline/prediction/modelSet';
import { describeModel, isOnnxFile, labelsOfSidecar } from '../../pipeline/prediction/predictModel';
import type { ModelSet } from '../../pipeline/prediction/setMembers';
import type { LabelInfo } from '../../protocol/volume';
import { labelInfos } from '../volume/labelNames';

export interface ChosenModel {
  /** An .onnx file, a model folder, or what stands for several networks. */
  path: string;
  /** To be shown: "Hippocampus 3d_fullres", "MeshNet brain tissue". */
  title: string;
  /** Part of the mask's file name. */
  name: string;
  imageChannels: number;
  labels: LabelInfo[];
  /** Configuration whose masks a cascade's second stage needs. */
  previousStage?: string;
}

/** @throws as `modelSetOf`, `describeModel` and `readChosenModel` */
export async function describeChosen(path: string): Promise<ChosenModel> {
  const set = await modelSetOf(path);
  return set ? describeSet(path, set) : describeOne(path);
}

/** @throws as `describeModel` and `readChosenModel` */
async function describeOne(path: string): Promise<ChosenModel> {
  if (!isOnnxFile(path)) {
    const { datasetJson, configurationName, configuration, imageChannels } = await readChosenModel(path);
    const dataset = basename(dirname(path));
    const title = `${parseDatasetName(dataset)?.name ?? dataset} ${configurationName}`;
    const labels = labelInfos(datasetJson);
    return { path, title, name: fileWord(title), imageChannels, labels, previousStage: configuration.previous_stage };
  }
  const described = await describeModel([path]);
  const { stem } = splitEnding(path);
  if (described.kind === 'foreign') {
    const { sidecar } = described;
    const { foreground, foregroundNames } = labelsOfSidecar(sidecar);
    const labels = foreground.map((value, index) => {
      return { value: value as number, name: foregroundNames[index]!, isIgnored: false };
    });
    return { path, title: sidecar.name ?? stem, name: fileWord(stem), imageChannels: sidecar.channels, labels };
  }
  const { metadata, configuration, imageChannels } = described.model;
  const { datasetJson, labelColours } = metadata;
  const labels = labelInfos(datasetJson, labelColours);
  return {
    path,
    title: stem,
    name: fileWord(stem),
    imageChannels,
    labels,
    previousStage: configuration.previous_stage,
  };
}

/** As the first of those that count; its first stages are predicted by themselves. */
async function describeSet(path: string, { members }: ModelSet): Promise<ChosenModel> {
  const first = await describeOne(members.find(({ isCounted }) => isCounted)!.model);
  const common = { ...first, path, previousStage: undefined };
  if (isExportedSet(path)) {
    const title = (await exportedSetTitle(path)) ?? basename(dirname(path));
    return { ...common, title, name: fileWord(title) };
  }
  if (!isChoice(path)) return common;
  const dataset = basename(dirname(path));
  const title = t('Best model of {0}', parseDatasetName(dataset)?.name ?? dataset);
  return { ...common, title, name: fileWord(`${parseDatasetName(dataset)?.name ?? dataset}_best`) };
}

function fileWord(text: string): string {
  return text.replace(/[^\p{L}\p{N}.-]+/gu, '_').replace(/^[_.]+|[_.]+$/g, '') || 'model';
}
