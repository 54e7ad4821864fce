/** Reads the plans that a command is about: of a dataset, by the name behind --plans. */
import { preprocessedPaths } from '../dataset/preprocessed';
import { resolveDataset, type DatasetReference } from '../dataset/references';
import { PlansError } from '../method/errors';
import { defaultPlansName } from '../pipeline/plan';
import { readPlansMaterial, type PlansMaterial } from '../report/plans/plansMaterial';
import { exists } from '../storage/exists';
import type { ParsedArguments } from './parsedArguments';
import { rootsFor } from './roots';

interface Planned {
  dataset: DatasetReference;
  file: string;
  material: PlansMaterial;
}

/** @throws PlansError `plans-missing`, and as `resolveDataset` and `readPlansMaterial` */
export async function plannedMaterial(reference: string, parsed: ParsedArguments): Promise<Planned> {
  const dataset = await resolveDataset(reference, rootsFor(parsed));
  const plansName = parsed.text('plans') ?? defaultPlansName;
  const file = preprocessedPaths(dataset.preprocessed).plans(plansName);
  if (!(await exists(file))) {
    throw new PlansError('plans-missing', `${dataset.folderName} has no plans "${plansName}" yet`, {
      where: file,
      hint: `Make them with "nnunet plan ${dataset.id}".`,
    });
  }
  return { dataset, file, material: await readPlansMaterial(file) };
}
