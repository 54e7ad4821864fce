/** Stage "export" of the best model of a dataset: an .onnx file for each of its networks, and the record of how they become one mask. */
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseDatasetName } from '../../dataset/names';
import { requireFreeFile } from '../../dataset/outputPlace';
import { parseModelFolderName } from '../../dataset/results';
import { UsageError } from '../../method/errors';
import { writeFileAtomic } from '../../storage/atomicFile';
import { exportedSetName, exportedSetText, readExportedSet } from './exportedSet';
import { exportOnnxStage, type ExportOnnxOptions, type ExportOnnxResult } from './exportOnnx';
import { modelSetOf } from './modelSet';

interface ExportSetOptions extends Omit<ExportOnnxOptions, 'modelFolder' | 'folds'> {
  /** inference_information.json of the dataset. */
  choice: string;
  /** The folder. */
  output: string;
}

/**
 * @returns the record is its file. Nothing of it is there before all of its networks are
 * @throws UsageError `set-not-int8`; StorageError where the folder holds another record; as `modelSetOf`, `exportOnnxStage`
 */
export async function exportSetStage({ choice, output, ...options }: ExportSetOptions): Promise<ExportOnnxResult> {
  if (options.precision === 'int8') {
    throw new UsageError('set-not-int8', 'A set of models is written in fp32 or fp16', {
      hint: 'Leave --precision int8 out, or export one of its models.',
    });
  }
  const folder = resolve(output);
  const record = join(folder, exportedSetName);
  await requireFreeFile(record, { inputs: [choice], isSuch: isRecord });
  const set = (await modelSetOf(choice))!;
  await mkdir(folder, { recursive: true });
  const results: ExportOnnxResult[] = [];
  for (const { model, folds } of set.members) {
    const name = parseModelFolderName(basename(model))?.configuration ?? basename(model);
    // Two of one configuration have other plans or another trainer.
    const isTaken = results.some(({ file }) => basename(file) === `${name}.onnx`);
    const file = join(folder, `${isTaken ? basename(model) : name}.onnx`);
    results.push(await exportOnnxStage({ ...options, modelFolder: model, folds, output: file }));
  }
  const dataset = basename(dirname(resolve(choice)));
  const title = `${parseDatasetName(dataset)?.name ?? dataset}, best model`;
  const files = results.map(({ file }) => basename(file));
  await writeFileAtomic(record, exportedSetText(title, set, files));
  const [first] = results as [ExportOnnxResult];
  return {
    file: record,
    bytes: results.reduce((sum, { bytes }) => sum + bytes, 0),
    folds: first.folds,
    configuration: results.map(({ configuration }) => configuration).join(' + '),
    precision: first.precision,
  };
}

async function isRecord(file: string): Promise<boolean> {
  return readExportedSet(file).then(
    () => true,
    () => false,
  );
}
