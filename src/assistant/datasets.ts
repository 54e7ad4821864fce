/** What an assistant is told of datasets: which there are, what is in one, and what is wrong with it. */
import { checkDataset } from '../dataset/checkDataset';
import type { Finding } from '../dataset/findings';
import { preprocessedPaths } from '../dataset/preprocessed';
import { listTrainingCases, readDatasetJson } from '../dataset/rawDataset';
import { listDatasets, type DatasetReference } from '../dataset/references';
import { listModels } from '../dataset/results';
import { readHeader } from '../images/header';
import { counted } from '../words/counted';
import { channelNames } from '../method/datasetJson';
import { NnunetError } from '../method/errors';
import { LabelManager } from '../method/labels';
import { mapConcurrently } from '../storage/mapConcurrently';
import type { Answer, Call } from './call';
import { inFolder } from './namedDataset';

/** As many findings are told one by one; of the others the number of each kind. */
const mostFindings = 25;
/** Read evenly from the list of cases. */
const mostHeaders = 20;

export async function listDatasetsFor(call: Call): Promise<Answer> {
  const unreadable: string[] = [];
  const folders = call.settings.roots;
  const lists = await Promise.all(
    folders.map(async (roots, at) => {
      const found = await listDatasets(roots, (root) => unreadable.push(inFolder(root, at, folders.length)));
      return found.map((dataset) => ({ dataset, at }));
    }),
  );
  const facts = await mapConcurrently(lists.flat(), 4, async ({ dataset, at }) => {
    const [content, models] = await Promise.all([
      contentOf(dataset).catch(asProblem),
      listModels(dataset.results).catch(() => []),
    ]);
    const names = await call.namesOf(dataset);
    const trained = models.flatMap(({ trainer, plans, configuration, folds }) =>
      folds.length > 0 ? [{ configuration, plans, trainer, folds: folds.map(({ fold }) => fold) }] : [],
    );
    const { id: number, folderName: name, exists } = dataset;
    const place = folders.length > 1 ? { folder: at + 1 } : {};
    return names.hide({
      number,
      name,
      ...place,
      hasRawData: exists.raw,
      isPlanned: exists.preprocessed,
      ...content,
      trained,
    });
  });
  const lines = facts.map(
    (one) =>
      `${inFolder(one.name, (one.folder ?? 1) - 1, folders.length)}: ${[sizeOf(one), trainedLine(one.trained)].filter(Boolean).join('; ')}`,
  );
  const none =
    'There is no dataset yet. "nnunet import" or "Import Dataset" in VS Code makes one from images and labels.';
  return {
    text: [
      ...(lines.length > 0 ? lines : [none]),
      ...unreadable.map((root) => `The root ${root} cannot be read.`),
    ].join('\n'),
    data: { datasets: facts, ...(unreadable.length > 0 && { unreadableRoots: unreadable }) },
  };
}

export async function describeDataset(
  call: Call,
  { dataset: reference, readImages = false }: { dataset: string; readImages?: boolean },
): Promise<Answer> {
  const dataset = await call.dataset(reference);
  const content = await contentOf(dataset);
  const images = await imageFacts(dataset);
  const { cases, findings } = await checkDataset(dataset.raw, {
    signal: call.signal,
    progress: (done, total) => call.progress(done, total),
    splitsFile: preprocessedPaths(dataset.preprocessed).splits,
    withoutImages: !readImages,
  });
  const shown = findings.slice(0, mostFindings).map((finding) => findingFor(call, finding));
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const verdict =
    findings.length === 0
      ? 'nothing wrong'
      : `${counted(errors, 'error')} and ${counted(findings.length - errors, 'warning')}`;
  const looked = readImages
    ? 'Every image and label was read'
    : 'dataset.json and the names of files were checked, the images were not read';
  const text = [
    `${dataset.folderName}: ${counted(cases, 'case')}, ${counted(content.channels.length, 'channel')} (${content.channels.join(', ')}), labels ${content.labels.join(', ')}.`,
    ...(images
      ? [
          `Median of ${counted(images.headersRead, 'image')}: ${images.medianShape.join('×')} voxels of ${images.medianSpacingMm.join('×')} mm (x, y, z).`,
        ]
      : []),
    `${looked}: ${verdict}.`,
    ...shown.map(({ severity, case: id, message }) => `${severity}${id === undefined ? '' : `, ${id}`}: ${message}`),
    ...(findings.length > shown.length ? [`… and ${findings.length - shown.length} more.`] : []),
  ].join('\n');
  const byCode: Record<string, number> = {};
  for (const { code } of findings) byCode[code] = (byCode[code] ?? 0) + 1;
  return {
    text,
    data: {
      number: dataset.id,
      name: dataset.folderName,
      ...content,
      cases,
      ...images,
      imagesWereRead: readImages,
      errors,
      warnings: findings.length - errors,
      findingsOfEachKind: byCode,
      findings: shown,
    },
  };
}

interface Content {
  cases: number;
  channels: string[];
  labels: string[];
  fileEnding: string;
}

async function contentOf(dataset: DatasetReference): Promise<Content> {
  const datasetJson = await readDatasetJson(dataset.raw);
  return {
    cases: (await listTrainingCases(dataset.raw, datasetJson)).length,
    channels: channelNames(datasetJson),
    labels: new LabelManager(datasetJson).foregroundNames,
    fileEnding: datasetJson.file_ending,
  };
}

function asProblem(error: unknown): { problem: string } {
  if (error instanceof NnunetError) return { problem: error.oneLine };
  throw error;
}

/** Of the first channel, x y z; undefined where no header can be read: the check says so. */
async function imageFacts(dataset: DatasetReference) {
  try {
    const cases = await listTrainingCases(dataset.raw, await readDatasetJson(dataset.raw));
    const step = Math.max(1, cases.length / mostHeaders);
    const some = Array.from({ length: Math.min(cases.length, mostHeaders) }, (_, at) => cases[Math.floor(at * step)]!);
    const headers = await mapConcurrently(some, 4, ({ images }) => readHeader(images[0]!));
    const medians = (values: (readonly number[])[]): number[] =>
      [2, 1, 0].map((axis) => Number(median(values.map((value) => value[axis]!)).toFixed(3)));
    return {
      headersRead: headers.length,
      medianShape: medians(headers.map(({ shape }) => shape)),
      medianSpacingMm: medians(headers.map(({ spacing }) => spacing)),
    };
  } catch (error) {
    if (error instanceof NnunetError) return undefined;
    throw error;
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

function findingFor({ names }: Call, { case: id, file, code, severity, message, values, fix }: Finding) {
  return {
    severity,
    code,
    ...(id !== undefined && { case: names.case(id) }),
    ...(file !== undefined && { file }),
    message,
    ...(values && { labelValues: values }),
    ...(fix !== undefined && { fix }),
  };
}

function sizeOf(content: Content | { problem: string }): string {
  if ('problem' in content) return content.problem;
  return `${counted(content.cases, 'case')}, ${content.channels.join(' + ')}, labels ${content.labels.join(', ')}`;
}

function trainedLine(trained: readonly { configuration: string; folds: readonly (number | string)[] }[]): string {
  return trained
    .map(({ configuration, folds }) => `${configuration} trained or begun (folds ${folds.join(', ')})`)
    .join('; ');
}
