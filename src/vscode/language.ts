/** In which language does the extension speak? In VS Code's: what that has read of l10n/ goes to all that has words. Imported before them. */
import { config } from '@vscode/l10n';
import * as vscode from 'vscode';

config({ contents: vscode.l10n.bundle ?? {} });
