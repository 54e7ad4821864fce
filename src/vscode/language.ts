/** In which language does the extension speak? In VS Code's: what that has read of l10n/ goes to all that has words. Imported before them. */
import { config } from '@vscode/l10n';
import * as vscode from 'vscode';

/** By their English: for pages and worker threads, which have words of their own. */
export const texts: Readonly<Record<string, string>> = vscode.l10n.bundle ?? {};

config({ contents: texts });
