// Collects every text of the extension for translators: `npm run l10n` writes l10n/bundle.l10n.json.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getL10nJson } from '@vscode/l10n-dev';

const repository = join(fileURLToPath(import.meta.url), '../..');

const sources = ['src', 'webview'].flatMap((top) =>
  readdirSync(join(repository, top), { recursive: true })
    .map((name) => join(repository, top, String(name)))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => readFileSync(name, 'utf8')),
);
// The analyser knows `l10n.t(…)`, not a `t(…)` that was imported by its name.
const inItsWords = (text) =>
  text.includes("import { t } from '@vscode/l10n'")
    ? text
        .replace("import { t } from '@vscode/l10n'", "import * as l10n from '@vscode/l10n'")
        .replace(/(?<![\w.])t\(/g, 'l10n.t(')
    : text;
const texts = await getL10nJson(sources.map((text) => ({ extension: '.ts', contents: inItsWords(text) })));
const sorted = Object.fromEntries(Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1)));
mkdirSync(join(repository, 'l10n'), { recursive: true });
writeFileSync(join(repository, 'l10n/bundle.l10n.json'), `${JSON.stringify(sorted, null, 2)}\n`);
