/** What may be dropped onto the trees: zips and folders of trained models, which are imported. */
import * as vscode from 'vscode';
import { offer } from '../messages';
import type { ExplorerNode } from './nodes';

const listOfUris = 'text/uri-list';

export const dropModels: vscode.TreeDragAndDropController<ExplorerNode> = {
  dragMimeTypes: [],
  dropMimeTypes: [listOfUris],
  async handleDrop(_target, data) {
    const uris = urisIn((await data.get(listOfUris)?.asString()) ?? '');
    // One after the other: each may ask something.
    for (const uri of uris) {
      if (uri.scheme === 'file') await vscode.commands.executeCommand('nnunet.importModel', uri);
      else offer('warning', vscode.l10n.t('{0} is on another computer: copy it into the workspace first.', uri.path));
    }
  },
};

function urisIn(list: string): vscode.Uri[] {
  return list
    .split(/\r?\n/)
    .map((text) => text.trim())
    .filter((text) => text !== '' && !text.startsWith('#'))
    .map((text) => vscode.Uri.parse(text));
}
