/** Plans from a fingerprint and a dataset.json alone. */
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { OutputFolder } from '../dataset/ownedOutputs';
import { writeFileAtomic } from '../storage/atomicFile';
import { readerEndings } from '../images/endings';
import { readerNames } from '../images/types';
import { validateDatasetJson } from '../method/datasetJson';
import { validateFingerprint } from '../method/fingerprint';
import { parseJson } from '../method/jsonReader';
import { planExperiment } from '../method/planner/planExperiment';
import type { PlannerName } from '../method/planner/presets';
import type { Plans } from '../method/plans';
import { plansToJson } from '../method/plansText';

interface NamedText {
  text: string;
  file: string;
}

interface PlanFromFilesOptions {
  fingerprint: NamedText;
  datasetJson: NamedText;
  output: string;
  planner: PlannerName;
  gpuMemoryGb?: number;
  datasetName: string;
  /** Otherwise the first of nnU-Net's readers that takes the dataset's file ending. */
  reader?: string;
}

export async function planFromFiles(options: PlanFromFilesOptions): Promise<Plans> {
  const { fingerprint, datasetJson: json, output } = options;
  // Plans are often changed by hand: only what was written here and left alone is replaced.
  const outputs = await OutputFolder.open(dirname(output));
  const name = basename(output);
  await outputs.requireReplaceable([{ name }], [fingerprint.file, json.file]);
  const measured = validateFingerprint(parseJson(fingerprint.text, fingerprint.file), fingerprint.file);
  const datasetJson = validateDatasetJson(parseJson(json.text, json.file), json.file);
  const { overwrite_image_reader_writer: asked, file_ending } = datasetJson;
  const suitable = readerNames.find((name) => readerEndings[name].includes(file_ending.toLowerCase()));
  const plans = planExperiment({
    fingerprint: measured,
    datasetJson,
    planner: options.planner,
    gpuMemoryGb: options.gpuMemoryGb,
    datasetName: options.datasetName,
    imageReaderWriter: options.reader ?? asked ?? suitable ?? 'SimpleITKIO',
  });
  await outputs.write(async (folder) => {
    await mkdir(folder, { recursive: true });
    await writeFileAtomic(join(folder, name), plansToJson(plans));
  });
  return plans;
}
