/** Values of DICOM attributes by tag: texts in the file's character set, numbers, items of sequences. */
import type { DataSet } from 'dicom-parser';

export type { DataSet };

/** DICOM's names of the character sets that people's files have, and Node's. */
const encodings: Readonly<Record<string, string>> = {
  ISO_IR_192: 'utf-8',
  ISO_IR_100: 'latin1',
  ISO_IR_101: 'iso-8859-2',
  ISO_IR_144: 'iso-8859-5',
  ISO_IR_126: 'iso-8859-7',
  ISO_IR_148: 'iso-8859-9',
  ISO_IR_13: 'shift_jis',
  GB18030: 'gb18030',
  GBK: 'gbk',
};

/** As it stands in the file, without padding; undefined where it is absent or empty. */
export function textOf(item: DataSet | undefined, tag: string, charset = charsetOf(item)): string | undefined {
  const element = item?.elements[`x${tag}`];
  if (!item || !element || element.length === 0 || element.items) return undefined;
  const end = Math.min(element.dataOffset + element.length, item.byteArray.length);
  const text = new TextDecoder(charset)
    .decode(item.byteArray.subarray(element.dataOffset, end))
    .replace(/^[\s\0]+|[\s\0]+$/g, '');
  return text === '' ? undefined : text;
}

/** Items of a sequence have the set of the whole file. */
export function charsetOf(item: DataSet | undefined): string {
  const name = item?.string('x00080005', 0)?.trim().replace(/ /g, '_') ?? '';
  return encodings[name] ?? (name.startsWith('ISO_2022') ? 'latin1' : 'utf-8');
}

export function textsOf(item: DataSet | undefined, tag: string): string[] {
  return (textOf(item, tag) ?? '').split('\\').map((text) => text.trim());
}

/** Numbers written as text (DS, IS); undefined where one is missing. */
export function decimalsOf(item: DataSet | undefined, tag: string, count: number): number[] | undefined {
  const texts = textsOf(item, tag);
  const numbers = texts.slice(0, count).map((text) => (text === '' ? NaN : Number(text)));
  return numbers.length === count && numbers.every(Number.isFinite) ? numbers : undefined;
}

export function decimalOf(item: DataSet | undefined, tag: string): number | undefined {
  return decimalsOf(item, tag, 1)?.[0];
}

/** US. */
export function wordOf(item: DataSet | undefined, tag: string): number | undefined {
  const element = item?.elements[`x${tag}`];
  return element && element.length >= 2 ? item.uint16(`x${tag}`) : undefined;
}

export function itemsOf(item: DataSet | undefined, tag: string): DataSet[] {
  return (item?.elements[`x${tag}`]?.items ?? []).flatMap(({ dataSet }) => (dataSet ? [dataSet] : []));
}

export function itemOf(item: DataSet | undefined, ...tags: readonly string[]): DataSet | undefined {
  return tags.reduce<DataSet | undefined>((found, tag) => itemsOf(found, tag)[0], item);
}
