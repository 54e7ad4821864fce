// The integration tests in a VS Code desktop that @vscode/test-electron downloads: `npm run test:desktop`, on a machine with a
// display (or under xvfb-run) that can reach VS Code's download server. Without one use `npm run test:integration`.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTests } from '@vscode/test-electron';

const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const temporary = mkdtempSync(join(tmpdir(), 'nnunet-desktop-'));
const workspace = join(temporary, 'workspace');
let code = 1;
try {
  cpSync(join(repository, 'out', 'test', 'workspace'), workspace, { recursive: true });
  code = await runTests({
    version: process.env.VSCODE_VERSION ?? 'stable',
    extensionDevelopmentPath: repository,
    extensionTestsPath: join(repository, 'out', 'test', 'integration', 'index.js'),
    launchArgs: [
      workspace,
      '--disable-extensions',
      '--disable-workspace-trust',
      `--user-data-dir=${join(temporary, 'data')}`,
    ],
  });
} catch (error) {
  console.error(`The tests did not pass in VS Code desktop: ${error.message ?? error}`);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
process.exit(code);
