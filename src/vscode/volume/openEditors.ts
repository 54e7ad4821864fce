/** Which editors show an image, and which of them did the person use last? */
import type * as vscode from 'vscode';
import type { VolumeSession } from './session';

export interface OpenEditor {
  session: VolumeSession;
  panel: vscode.WebviewPanel;
}

export class OpenEditors {
  /** By URI; the one that was used last at the end. */
  private readonly editors = new Map<string, OpenEditor[]>();

  /** The newest is the one in use. */
  add(uri: vscode.Uri, editor: OpenEditor): void {
    this.editors.set(uri.toString(), [...this.of(uri), editor]);
  }

  use(uri: vscode.Uri, editor: OpenEditor): void {
    const others = this.of(uri).filter((one) => one !== editor);
    if (others.length < this.of(uri).length) this.editors.set(uri.toString(), [...others, editor]);
  }

  remove(uri: vscode.Uri, editor: OpenEditor): void {
    const left = this.of(uri).filter((one) => one !== editor);
    if (left.length > 0) this.editors.set(uri.toString(), left);
    else this.editors.delete(uri.toString());
  }

  of(uri: vscode.Uri): readonly OpenEditor[] {
    return this.editors.get(uri.toString()) ?? [];
  }

  last(uri: vscode.Uri): OpenEditor | undefined {
    return this.of(uri).at(-1);
  }
}
