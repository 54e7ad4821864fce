/** Files of which it can be asked whether they hold labels. */
import type * as vscode from 'vscode';
import { isNamedMask } from '../../dataset/pairedNames';
import type { SearchedFiles } from './files';
import type { LabelContents } from './labelContents';
import { VscodeFiles } from './vscodeFiles';

export class SearchedVscodeFiles extends VscodeFiles implements SearchedFiles {
  constructor(
    base: vscode.Uri,
    private readonly contents: LabelContents,
  ) {
    super(base);
  }

  async holdsLabels(file: string): Promise<boolean> {
    const uri = this.uri(file);
    // On another file system the whole file would have to be fetched: its name must do.
    if (uri.scheme !== 'file') return isNamedMask(file);
    return this.contents.holdsLabels(uri.fsPath, (await this.version(file)) ?? '');
  }
}
