/** Do volumes open in our editor: from the disk, from a virtual file system, and damaged ones? */
import * as assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { eventually, services, workspacePath } from './extension';

const dataset = ['nnUNet_raw', 'Dataset001_Sample'];

/** The first case of the sample dataset: its image and its label. */
function firstCase(): { image: string; label: string } {
  const [name] = readdirSync(workspacePath(...dataset, 'imagesTr')).sort();
  assert.ok(name);
  return {
    image: workspacePath(...dataset, 'imagesTr', name),
    label: workspacePath(...dataset, 'labelsTr', name.replace('_0000', '')),
  };
}

function volumeTabs(uri: vscode.Uri): vscode.TabInputCustom[] {
  return vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .flatMap(({ input }) =>
      input instanceof vscode.TabInputCustom && String(input.uri) === String(uri) ? [input] : [],
    );
}

async function waitForVolume(uri: vscode.Uri): Promise<void> {
  await eventually(() => assert.equal(volumeTabs(uri)[0]?.viewType, 'nnunet.volume'));
}

/** Files in memory that can only be read; remembers what was. */
class MemoryFiles implements vscode.FileSystemProvider {
  readonly read = new Set<string>();
  readonly onDidChangeFile = new vscode.EventEmitter<vscode.FileChangeEvent[]>().event;

  constructor(private readonly files: Map<string, Uint8Array>) {}

  stat({ path }: vscode.Uri): vscode.FileStat {
    const bytes = this.files.get(path);
    if (bytes) return { type: vscode.FileType.File, ctime: 0, mtime: 0, size: bytes.length };
    if (this.readDirectory(vscode.Uri.file(path)).length > 0)
      return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
    throw vscode.FileSystemError.FileNotFound(path);
  }

  readDirectory({ path }: vscode.Uri): [string, vscode.FileType][] {
    const base = path.endsWith('/') ? path : `${path}/`;
    const inside = [...this.files.keys()]
      .filter((file) => file.startsWith(base))
      .map((file) => file.slice(base.length));
    return [
      ...new Map(
        inside.map((file) => [
          file.split('/')[0]!,
          file.includes('/') ? vscode.FileType.Directory : vscode.FileType.File,
        ]),
      ),
    ];
  }

  readFile(uri: vscode.Uri): Uint8Array {
    const bytes = this.files.get(uri.path);
    if (!bytes) throw vscode.FileSystemError.FileNotFound(uri);
    this.read.add(uri.path);
    return bytes;
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  createDirectory = refuse;
  writeFile = refuse;
  delete = refuse;
  rename = refuse;
}

function refuse(): never {
  throw vscode.FileSystemError.NoPermissions('read-only');
}

export function volumes(): void {
  describe('volume editor', () => {
    it('opens NIfTI files by itself', async () => {
      const uri = vscode.Uri.file(firstCase().image);
      await vscode.commands.executeCommand('vscode.open', uri);
      await waitForVolume(uri);
    });

    it('opens MetaImage files without being asked, and pictures in the editor that shows them', async () => {
      const header =
        'ObjectType = Image\nNDims = 3\nDimSize = 4 3 2\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n';
      const volume = workspacePath('unasked.mha');
      writeFileSync(volume, Buffer.concat([Buffer.from(header), Buffer.alloc(24)]));
      const uri = vscode.Uri.file(volume);
      await vscode.commands.executeCommand('vscode.open', uri);
      await waitForVolume(uri);
      const picture = vscode.Uri.file(workspacePath('asked.bmp'));
      writeFileSync(picture.fsPath, Buffer.alloc(64));
      await vscode.commands.executeCommand('vscode.open', picture);
      await eventually(() => assert.ok(volumeTabs(picture)[0]?.viewType));
      assert.notEqual(volumeTabs(picture)[0]!.viewType, 'nnunet.volume');
    });

    it('opens a label on the image of its case', async () => {
      const { image, label } = firstCase();
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await vscode.commands.executeCommand('nnunet.openVolume', vscode.Uri.file(label), { mask: true });
      await waitForVolume(vscode.Uri.file(image));
      await vscode.commands.executeCommand('nnunet.compareSegmentations', vscode.Uri.file(label), [
        vscode.Uri.file(label),
        vscode.Uri.file(label),
      ]);
      assert.equal(volumeTabs(vscode.Uri.file(image)).length, 1);
    });

    it('reads image and names from a file system that is no disk', async () => {
      const { image } = firstCase();
      const folder = '/clinic/Dataset001_Sample';
      const path = `${folder}/imagesTr/${basename(image)}`;
      const files = new MemoryFiles(
        new Map([
          [path, readFileSync(image)],
          [`${folder}/dataset.json`, readFileSync(workspacePath(...dataset, 'dataset.json'))],
        ]),
      );
      const scheme = 'nnunet-test';
      const registration = vscode.workspace.registerFileSystemProvider(scheme, files, { isReadonly: true });
      try {
        const uri = vscode.Uri.from({ scheme, path });
        await vscode.commands.executeCommand('vscode.open', uri);
        await waitForVolume(uri);
        // Only once the page is there does it ask for the volume.
        await eventually(() => assert.deepEqual([...files.read].sort(), [`${folder}/dataset.json`, path]));
        await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
      } finally {
        registration.dispose();
      }
    });

    it('opens a damaged file, to say what is wrong with it', async () => {
      const file = workspacePath('damaged.nii.gz');
      writeFileSync(file, readFileSync(firstCase().image).subarray(0, 100));
      await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
      await waitForVolume(vscode.Uri.file(file));
      assert.ok((await services()).output);
    });
  });
}
