/** Writes a new configuration into the plans of a dataset. */
import { readFile } from 'node:fs/promises';
import { PlansError } from '../method/errors';
import { plansToJson } from '../method/plansText';
import { readPlans, type Plans } from '../method/plans';
import { writeFileAtomic } from '../storage/atomicFile';

/**
 * @param known  the plans that were read when the configuration was made
 * @param added  the same with the configuration
 * @throws PlansError `plans-changed` where the file says something else by now
 */
export async function writeAddedConfiguration(file: string, known: Plans, added: Plans): Promise<void> {
  const now = readPlans(await readFile(file, 'utf8'), file);
  if (JSON.stringify(now) !== JSON.stringify(known)) {
    throw new PlansError('plans-changed', 'The plans have changed meanwhile', {
      where: file,
      hint: 'Look at them, and add the configuration again.',
    });
  }
  await writeFileAtomic(file, plansToJson(added));
}
