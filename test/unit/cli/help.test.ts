import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commands } from '../../../src/cli/commands';
import { commonOptions } from '../../../src/cli/command';
import { commandHelp, overview } from '../../../src/cli/help';

describe('the help of the command line', () => {
  it('lists every command with its summary', () => {
    const text = overview(commands, '1.2.3');
    for (const { name, summary } of commands) assert.ok(text.includes(`  ${name} `) && text.includes(summary), name);
    assert.match(text, /^nnunet 1\.2\.3: /);
  });

  for (const command of commands) {
    it(`explains all of "${command.name}" in lines that fit a terminal`, () => {
      const text = commandHelp(command);
      const flat = text.replace(/\s+/g, ' ');
      assert.match(flat, new RegExp(`Usage: nnunet ${command.name} .*Options of every command: --root DIR`));
      const said = [...command.arguments, ...command.options, ...commonOptions];
      for (const { name, description } of said) {
        assert.ok(flat.includes(name), name);
        assert.ok(flat.includes(description.replace(/\s+/g, ' ')), description);
      }
      for (const example of command.examples) assert.ok(text.includes(`${example.command}\n      ${example.explains}`));
      const usage = /^Usage: (.*)$/m.exec(text)![1]!;
      for (const { name, alias, required } of command.options)
        assert.equal(usage.includes(alias ? ` -${alias}` : ` --${name}`), required === true, `${name} in ${usage}`);
      const long = text.split('\n').filter((line) => line.length > 100 && !line.startsWith('  nnunet '));
      assert.deepEqual(long, []);
    });
  }
});
