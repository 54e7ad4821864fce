/** nnU-Net's dataset names, DatasetXXX_Name: taken apart, put together, and made from what a person wrote. */
import { hostname } from 'node:os';

export interface DatasetName {
  /** 1 … 999 as nnU-Net counts (0 is possible but unusual). */
  id: number;
  /** The part after `DatasetXXX_`. */
  name: string;
}

/** @returns undefined for a name that isn't `DatasetXXX_Name`, or that belongs to an import in progress */
export function parseDatasetName(folderName: string): DatasetName | undefined {
  const match = /^Dataset(\d{3})_(.+)$/u.exec(folderName);
  if (!match || isUnfinished(folderName)) return undefined;
  return { id: Number(match[1]), name: match[2]! };
}

export function datasetFolderName({ id, name }: DatasetName): string {
  return `Dataset${String(id).padStart(3, '0')}_${name}`;
}

const unfinishedMark = '.importing-';
const host = hostname().replace(/[^A-Za-z0-9]+/g, '');

/** Name of the folder in which a dataset is put together before it is renamed to its final name; says who does so. */
export function unfinishedName(folderName: string): string {
  return `${folderName}${unfinishedMark}${host}-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
}

export function isUnfinished(folderName: string): boolean {
  return folderName.includes(unfinishedMark);
}

/** The process of this machine that an unfinished folder belongs to; undefined for others. */
export function unfinishedBy(folderName: string): number | undefined {
  const [, owner, pid] = /\.importing-([A-Za-z0-9]*)-(\d+)-\w+$/.exec(folderName) ?? [];
  return owner === host ? Number(pid) : undefined;
}

/**
 * A name that shells, scripts and nnU-Net take: letters, digits, `_` and `-`; everything else becomes one `_`.
 * Letters of every script are kept.
 */
export function safeName(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}_-]+/gu, '_')
    .replace(/_{2,}/g, '_')
    .replace(/^[_-]+|[_-]+$/g, '');
}

/** Order of Python's `sorted` on strings (by code point), which decides case order in nnU-Net's splits and fingerprints. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // A surrogate half stands for a code point above every single-unit one.
    const xAstral = x >= 0xd800 && x <= 0xdfff;
    const yAstral = y >= 0xd800 && y <= 0xdfff;
    if (xAstral !== yAstral) return xAstral ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}

/** The same of a whole list. Without letters beyond the basic plane the order of code units is that of code points, and is found at once. */
export function inPythonsOrder(names: Iterable<string>): string[] {
  const list = [...names];
  return list.some((name) => /[\ud800-\udfff]/.test(name)) ? list.sort(compareCodePoints) : list.sort();
}
