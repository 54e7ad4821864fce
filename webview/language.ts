/** In which language does a page speak? In that of the texts which the extension has put into it. Imported before all that has words. */
import { config } from '@vscode/l10n';

const texts = document.getElementById('texts')?.textContent;
if (texts) config({ contents: texts });
