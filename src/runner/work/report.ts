/** Work of a job "report": reads evaluations, draws the worst cases, and writes the report's files. */
import type { ReportRequest } from '../../jobs/requests';
import type { WrittenReport } from '../../jobs/results';
import { makeReport } from '../../report/makeReport';
import type { WorkContext } from './context';

/** @throws what `makeReport` throws */
export async function report(request: ReportRequest, context: WorkContext): Promise<WrittenReport> {
  const { models, output, rawRoot, preprocessedRoot, surface, pictures } = request;
  const roots = { raw: rawRoot, preprocessed: preprocessedRoot };
  const { files, report: made } = await makeReport({ ...context, models, output, roots, surface, pictures });
  return {
    ...files,
    models: made.models.map(({ name, cases, foreground }) => ({
      name,
      cases: cases.length,
      meanDice: foreground.Dice,
    })),
  };
}
