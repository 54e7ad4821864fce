/** Which files does a report consist of, and which file is one? */
import { join } from 'node:path';
import { isJsonWith } from '../dataset/outputPlace';

export interface ReportFiles {
  page: string;
  data: string;
  csv: string;
  latex: string;
}

export function reportFiles(folder: string): ReportFiles {
  const [page, data, csv, latex] = ['html', 'json', 'csv', 'tex'].map((ending) => join(folder, `report.${ending}`)) as [
    string,
    string,
    string,
    string,
  ];
  return { page, data, csv, latex };
}

/** Whether a file is the data of a report. */
export const isReport = (file: string): Promise<boolean> => isJsonWith(file, ['format', 'models', 'comparisons']);
