/** What was a training asked for, with the folders where they lie now? */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { RunError } from '../../../method/errors';
import { readRecord, type RunRecord } from '../../../jobs/runFolder';
import type { Services } from '../../services';

/** Results may have moved with their root. @throws RunError `no-record` */
export function requireRecord({ rootsOf }: Services, folder: string): RunRecord {
  const record = readRecord(folder);
  if (!record) {
    throw new RunError('no-record', 'This fold was trained by another program, so its settings are not known', {
      where: folder,
      hint: 'Continue it with "nnunet train … --resume" on the command line.',
    });
  }
  if (fs.existsSync(record.folders.results) && join(folder, '..', '..') === record.folders.results) return record;
  const { raw, preprocessed } = rootsOf(folder);
  return {
    ...record,
    folders: {
      raw: join(raw, record.dataset),
      preprocessed: join(preprocessed, record.dataset),
      results: join(folder, '..', '..'),
    },
  };
}
