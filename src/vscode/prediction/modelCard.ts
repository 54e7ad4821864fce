/** What a model file is, in words for people: what it segments, what images it needs, who made it; also for other programs' models. */
import { t } from '@vscode/l10n';
import { basename } from 'node:path';
import { parseDatasetName } from '../../dataset/names';
import { readOnnxSummary, type OnnxSummary, type OnnxValue } from '../../inference/export/summary';
import { metadataOfSummary, type ModelMetadata } from '../../inference/modelMetadata';
import { readSidecar, sidecarOf, type Sidecar } from '../../inference/sidecar';
import { counted } from '../../words/counted';
import { getConfiguration } from '../../method/plans';
import { labelsOfSidecar } from '../../pipeline/prediction/predictModel';
import { grouped } from '../../words/quantities';
import { imagesSection, mirroring, reversed, section, segmented, short, type ModelCard } from './modelCardParts';

/** @throws InferenceError, JsonError, PlansError, DatasetError for what is wrong with the file or its description */
export async function readModelCard(file: string): Promise<ModelCard> {
  const summary = await readOnnxSummary(file);
  const metadata = metadataOfSummary(summary);
  if (metadata) return nnunetCard(summary, metadata);
  const sidecar = await readSidecar(file);
  return sidecar ? describedCard(summary, sidecar) : foreignCard(summary);
}

function nnunetCard(summary: OnnxSummary, metadata: ModelMetadata): ModelCard {
  const { datasetJson, plans, labelColours, measuredDice, folds } = metadata;
  const configuration = getConfiguration(plans, metadata.configuration);
  return {
    title: `${parseDatasetName(metadata.datasetName)?.name ?? metadata.datasetName}, ${metadata.configuration}`,
    text: metadata.description ? [metadata.description] : [],
    labels: segmented(datasetJson, labelColours),
    sections: [
      imagesSection(datasetJson, configuration, mirroring(metadata.mirrorAxes)),
      section(t('Model'), [
        [t('Dataset'), metadata.datasetName],
        [t('Folds'), folds.length > 1 ? t('{0} (averaged)', folds.join(', ')) : folds.join(', ')],
        [t('Precision'), metadata.precision],
        [
          t('Agreement'),
          measuredDice &&
            t(
              'Dice {0} with the exact model, {1}',
              measuredDice.agreement.toFixed(4),
              counted(measuredDice.cases, 'case'),
            ),
        ],
        [t('Licence'), metadata.licence],
        [t('Author'), metadata.author],
        [t('Made with'), [metadata.createdBy, metadata.createdAt?.slice(0, 10)].filter(Boolean).join(', ')],
      ]),
      fileSection(summary),
    ],
    canPredict: true,
  };
}

function describedCard(summary: OnnxSummary, sidecar: Sidecar): ModelCard {
  const { foreground, foregroundNames } = labelsOfSidecar(sidecar);
  const { shape, patch, spacing } = sidecar;
  return {
    title: sidecar.name ?? basename(summary.file),
    text: [
      ...(sidecar.description ? [sidecar.description] : []),
      t('A model of another program, described in {0}.', basename(sidecarOf(summary.file))),
    ],
    labels: foreground.map((value, index) => ({
      name: foregroundNames[index]!,
      values: t('label {0}', String(value)),
    })),
    sections: [
      section(t('Images'), [
        [t('Channels'), String(sidecar.channels)],
        [t('Whole volume'), shape && t('{0} voxels', shape.join(' × '))],
        [t('Tiles'), patch && t('{0} voxels', patch.join(' × '))],
        [t('Spacing'), spacing ? `${spacing.map(short).join(' × ')} mm` : t('as stored')],
        [t('Orientation'), sidecar.orientation ?? t('as stored')],
        [t('Intensities'), sidecar.intensity.method],
      ]),
      section(t('Model'), [
        [t('Licence'), sidecar.licence],
        [t('Author'), sidecar.author],
      ]),
      fileSection(summary),
    ],
    canPredict: true,
  };
}

function foreignCard(summary: OnnxSummary): ModelCard {
  const name = basename(summary.file);
  return {
    title: name,
    text: [
      ...(summary.documentation ? [summary.documentation] : []),
      t('This model was not exported by nnU-Net for VS Code and does not say how images are prepared for it.'),
    ],
    labels: [],
    sections: [
      section(t('Inputs'), summary.inputs.map(valueRow)),
      section(t('Outputs'), summary.outputs.map(valueRow)),
      section(
        t('Metadata'),
        Object.entries(summary.metadata).map(([key, value]) => [key, value.slice(0, 300)]),
      ),
      fileSection(summary),
    ],
    sidecar: { file: basename(sidecarOf(summary.file)), text: sidecarSketch(summary) },
    canPredict: false,
  };
}

/** A start: sizes from the input where they are fixed, labels from the output's channels. */
function sidecarSketch({ inputs, outputs, file }: OnnxSummary): string {
  const [, channels, ...sizes] = inputs[0]?.shape ?? [];
  const isFixed = sizes.length === 3 && sizes.every((size) => typeof size === 'number' && size > 0);
  const [, heads] = outputs[0]?.shape ?? [];
  const count = typeof heads === 'number' && heads > 1 ? Math.min(heads, 20) : 2;
  const others = Array.from({ length: count - 1 }, (_, index) => [`label ${index + 1}`, index + 1] as const);
  const sketch = {
    name: basename(file).replace(/\.onnx$/i, ''),
    ...(isFixed ? { shape: reversed(sizes) } : { patch: [64, 64, 64] }),
    ...(typeof channels === 'number' && channels > 1 && { channels }),
    spacing: [1, 1, 1],
    intensity: { method: 'min-max' },
    labels: { background: 0, ...Object.fromEntries(others) },
  };
  return JSON.stringify(sketch, null, 2);
}

function fileSection(summary: OnnxSummary): ModelCard['sections'][number] {
  const { bytes, weights, weightTypes, producer, producerVersion, operatorSets, operators } = summary;
  const sets = Object.entries(operatorSets).map(([domain, version]) => `${domain || 'ONNX'} ${version}`);
  const often = Object.entries(operators).sort(([, a], [, b]) => b - a);
  const shown = often.slice(0, 8).map(([name, count]) => `${name} ${count}`);
  return section(t('File'), [
    [t('Size'), size(bytes)],
    [t('Weights'), `${grouped(weights)} (${weightTypes.join(', ') || t('none')})`],
    [t('Weights beside it'), summary.hasExternalWeights ? t('yes: keep those files with it') : undefined],
    [t('Operators'), shown.join(', ') + (often.length > 8 ? ', …' : '')],
    [t('Operator sets'), sets.join(', ')],
    [t('Written by'), `${producer} ${producerVersion}`.trim()],
  ]);
}

function valueRow({ name, type, shape }: OnnxValue): [string, string] {
  return [name, `${type ?? t('unknown type')}, ${shape.map((one) => (one === '' ? '?' : one)).join(' × ')}`];
}

function size(bytes: number): string {
  if (bytes < 1e4) return t('{0} bytes', bytes);
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
