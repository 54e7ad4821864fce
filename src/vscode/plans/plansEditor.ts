/** What the editor of plans shows: what was chosen and why, or why that can't be told. */
import { basename, dirname } from 'node:path';
import { availableCores } from '../../engine/machine';
import { presetOf } from '../../method/planner/gpuMemory';
import { getConfiguration, type Plans } from '../../method/plans';
import { NnunetError } from '../../method/errors';
import { explainPlans } from '../../report/plans/explainPlans';
import { arePlansToTrainWith, readPlansMaterial } from '../../report/plans/plansMaterial';
import type { FilePage } from '../pageEditor';
import { commandLink } from '../plainWords';
import type { StaticPage } from '../staticPage';
import { plansFailurePage, plansPage, type PlansPageOptions } from './plansPage';

export const plansViewType = 'nnunet.plans';
/** Only for the links of the page. */
export const openPlansJsonCommand = 'nnunet.openPlansJson';
export const newConfigurationCommand = 'nnunet.newConfiguration';

export const plansOfFile: FilePage = {
  viewType: plansViewType,
  commands: [openPlansJsonCommand, newConfigurationCommand],
  page: async ({ fsPath }, options) => {
    const material = await readPlansMaterial(fsPath);
    const { plans, fingerprint, gpuMemoryGb } = material;
    const planned = gpuMemoryGb ?? plannersMemory(plans);
    return plansPage(
      explainPlans(material, availableCores()),
      { plans, fingerprint, ...(planned !== undefined && { plannedGigabytes: planned }) },
      {
        ...links(fsPath, options),
        ...(arePlansToTrainWith(fsPath, plans) && {
          newConfiguration: (from) => commandLink(newConfigurationCommand, fsPath, from),
        }),
      },
    );
  },
  failurePage: ({ fsPath }, lines, options) =>
    plansFailurePage(`${basename(dirname(fsPath))}: ${basename(fsPath)}`, lines, links(fsPath, options)),
};

const links = (file: string, options: StaticPage): PlansPageOptions => ({
  ...options,
  openJson: commandLink(openPlansJsonCommand, file),
});

/** GB that the planner plans for unless it is told otherwise. */
function plannersMemory(plans: Plans): number | undefined {
  const [first] = Object.keys(plans.configurations);
  try {
    return first === undefined ? undefined : presetOf(plans, getConfiguration(plans, first))?.gpuMemoryGb;
  } catch (error) {
    if (error instanceof NnunetError) return undefined;
    throw error;
  }
}
