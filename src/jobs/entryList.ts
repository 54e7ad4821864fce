/** What does a file that holds a list of entries say, where it is there? */
import * as fs from 'node:fs';
import { parseJson } from '../method/jsonReader';

/** @returns what stands under "entries", to be checked; [] where there is no such file. @throws JsonError */
export function readEntryList(file: string): unknown {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return ((parsed(text, file) ?? {}) as { entries?: unknown }).entries;
}

/** It is read at every look: our own reader, which knows the place of a mistake, is asked only where there is one. */
function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return parseJson(text, file);
  }
}
