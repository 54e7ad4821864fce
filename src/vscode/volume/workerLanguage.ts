/** In which language does the worker thread speak? In that of the texts which it was started with. Imported before all that has words. */
import { workerData } from 'node:worker_threads';
import { config } from '@vscode/l10n';

if (workerData) config({ contents: workerData as Record<string, string> });
