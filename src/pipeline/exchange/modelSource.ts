/** What lies in the place that models are imported from, a zip archive or a folder: its files by their paths, and their bytes. */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Entry } from 'yauzl';
import { ZipArchive } from '../../engine/zip';
import { StorageError } from '../../method/errors';
import { readError } from '../../storage/diskErrors';
import { counted } from '../../words/counted';

export interface SourceFile {
  /** With slashes. What is not in a folder of its own is given the place's own name in front. */
  path: string;
  bytes: number;
  /** What it takes in the archive. */
  packedBytes: number;
}

export interface ModelSource {
  place: string;
  files: readonly SourceFile[];
  read(path: string): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** nnUNet_results/DATASET/MODEL/fold_0/validation/FILE, and something around it. */
const deepest = 8;
/** Somebody named a whole disk. */
const mostFiles = 200_000;

/** @throws StorageError `file-missing`, `not-a-zip`, `unsafe-zip`, `broken-zip`, `folder-too-large` */
export async function openModelSource(place: string): Promise<ModelSource> {
  const path = resolve(place);
  const info = await stat(path).catch((error: unknown) => {
    throw readError(error, path);
  });
  return info.isDirectory() ? openFolder(path) : openArchive(path);
}

async function openArchive(file: string): Promise<ModelSource> {
  if (!/\.zip$/i.test(file)) {
    throw new StorageError('not-a-zip', 'A model is imported from a .zip file or from a folder, and this is neither', {
      where: file,
      hint: 'Unpack it first if it is an archive of another kind. An .onnx file predicts as it is: nnunet predict -m FILE.',
    });
  }
  const zip = await ZipArchive.open(file);
  try {
    const entries = [...zip.entries.values()].filter(({ fileName }) => !fileName.endsWith('/'));
    entries.forEach((entry) => refuseLink(entry, file));
    refuseTwice(entries, file);
    const stem = basename(file).replace(/\.zip$/i, '');
    const byPath = new Map(entries.map((entry) => [`${stem}/${entry.fileName}`, entry]));
    return {
      place: file,
      files: [...byPath].map(([path, { uncompressedSize, compressedSize }]) => {
        return { path, bytes: uncompressedSize, packedBytes: compressedSize };
      }),
      read: (path) => zip.stream(byPath.get(path)!),
      close: () => zip.close(),
    };
  } catch (error) {
    await zip.close();
    throw error;
  }
}

/** Unix keeps the kind of a file in the upper half of its attributes; 0 where another system wrote it. */
function refuseLink({ fileName, externalFileAttributes }: Entry, where: string): void {
  const kind = (externalFileAttributes >>> 16) & 0xf000;
  if (kind === 0 || kind === 0x8000) return;
  throw new StorageError('unsafe-zip', `The archive holds a link or a device in place of a file: "${fileName}"`, {
    where,
    hint: 'nnU-Net writes no such archives. If you trust it, pack it again without links.',
  });
}

/** Equal but for capitals, one would overwrite the other on many disks. */
function refuseTwice(entries: readonly Entry[], where: string): void {
  const seen = new Map<string, string>();
  for (const { fileName } of entries) {
    const key = fileName.normalize('NFC').toLowerCase();
    const other = seen.get(key);
    if (other !== undefined) {
      throw new StorageError('broken-zip', `The archive holds two files of one name: "${other}" and "${fileName}"`, {
        where,
        hint: 'Pack it again, with each file once.',
      });
    }
    seen.set(key, fileName);
  }
}

async function openFolder(folder: string): Promise<ModelSource> {
  const above = `${basename(dirname(folder))}/${basename(folder)}`;
  const files = new Map<string, { path: string; bytes: number; packedBytes: number; file: string }>();
  const walk = async (path: string, within: string, depth: number): Promise<void> => {
    const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
      throw readError(error, path);
    });
    for (const entry of entries) {
      const [file, name] = [join(path, entry.name), `${within}/${entry.name}`];
      if (entry.isDirectory()) {
        if (depth < deepest) await walk(file, name, depth + 1);
        continue;
      }
      // Hugging Face's cache is made of links to files; one that leads nowhere is no file.
      const info = await stat(file).catch(() => undefined);
      if (!info?.isFile()) continue;
      files.set(name, { path: name, bytes: info.size, packedBytes: info.size, file });
      if (files.size > mostFiles) throw tooLarge(folder);
    }
  };
  await walk(folder, above, 1);
  return {
    place: folder,
    files: [...files.values()],
    read: (path) => createReadStream(files.get(path)!.file),
    close: () => Promise.resolve(),
  };
}

function tooLarge(where: string): StorageError {
  return new StorageError('folder-too-large', `The folder holds more than ${counted(mostFiles, 'file')}`, {
    where,
    hint: "Give the model's own folder, named like nnUNetTrainer__nnUNetPlans__3d_fullres, or its dataset's.",
  });
}
