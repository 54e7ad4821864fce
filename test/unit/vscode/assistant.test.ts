import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { assistantTools } from '../../../src/assistant/tools';
import { repositoryRoot } from '../../shared';

const read = (name: string) => JSON.parse(readFileSync(join(repositoryRoot, name), 'utf8'));
const { contributes, capabilities } = read('package.json');
const words = read('package.nls.json');

describe('the tools for assistants in package.json', () => {
  it('are those that there are, with the same words and schema', () => {
    const contributed = contributes.languageModelTools.map(
      ({ name, displayName, modelDescription, inputSchema }: Record<string, string>) => {
        return { name, title: words[displayName!.slice(1, -1)], description: modelDescription, schema: inputSchema };
      },
    );
    const told = assistantTools.map(({ name, title, description, schema }) => ({ name, title, description, schema }));
    // As JSON, which has no undefined.
    assert.deepEqual(contributed, JSON.parse(JSON.stringify(told)));
  });

  it('tell names only where the person says so for all workspaces', () => {
    const { default: preset, scope } = contributes.configuration.properties['nnunet.assistant.shareNames'];
    assert.deepEqual([preset, scope], [false, 'machine']);
    assert.ok(!capabilities.untrustedWorkspaces.restrictedConfigurations.includes('nnunet.assistant.shareNames'));
  });
});
