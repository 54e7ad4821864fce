/** Which job does a person mean, below the results or among this user's own, which have to do with no results folder? */
import { findJob, type FoundJob } from '../jobs/findJob';
import { userJobsRoot } from '../jobs/jobFolder';
import { NnunetError } from '../method/errors';
import type { ParsedArguments } from './parsedArguments';
import { rootsFor } from './roots';

/** @throws RunError `run-not-found`, `run-ambiguous` */
export async function findJobHere(parsed: ParsedArguments): Promise<{ found: FoundJob; resultsRoot: string }> {
  return findIn(parsed.positionals[0]!, [rootsFor(parsed).results, await userJobsRoot()]);
}

export function findIn(reference: string, roots: readonly string[]): { found: FoundJob; resultsRoot: string } {
  let first: unknown;
  for (const root of roots) {
    try {
      return { found: findJob(reference, root), resultsRoot: root };
    } catch (error) {
      if (!(error instanceof NnunetError) || error.code !== 'run-not-found') throw error;
      first ??= error;
    }
  }
  throw first;
}
