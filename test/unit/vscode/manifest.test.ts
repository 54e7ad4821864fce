import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { deviceOptions } from '../../../src/cli/commands/deviceOptions';
import { endingsOf, formatOf, imageEndings, pictureFormats } from '../../../src/images/endings';
import { clusterSettingNames } from '../../../src/jobs/slurm/settings';
import { providerChoices } from '../../../src/inference/providers';
import { viewTypeOf } from '../../../src/vscode/volume/viewType';
import { repositoryRoot } from '../../shared';

const { contributes, activationEvents, capabilities } = JSON.parse(
  readFileSync(join(repositoryRoot, 'package.json'), 'utf8'),
);

// .hdr and .img are other programs' pictures and disk images as well.
const ambiguous = endingsOf('niftiPair', ...pictureFormats);
const volumeEndings = imageEndings.filter((ending) => !ambiguous.includes(ending));
/** A file of it is a slice of a volume. */
const dicomEndings = endingsOf('dicom');

describe('package.json', () => {
  it('offers one editor for each kind of file: VS Code compares names without regard to case', () => {
    const patterns: string[] = contributes.customEditors.flatMap(
      ({ selector }: { selector: { filenamePattern: string }[] }) =>
        selector.map(({ filenamePattern }) => filenamePattern.toLowerCase()),
    );
    assert.deepEqual(patterns, [...new Set(patterns)]);
    const defaults = contributes.customEditors.filter(({ priority }: { priority: string }) => priority === 'default');
    assert.deepEqual(
      defaults.map(({ viewType }: { viewType: string }) => viewType),
      ['nnunet.volume', 'nnunet.onnxModel'],
    );
  });

  it('opens medical formats and TIFF in the volume editor unasked, and pictures that VS Code shows itself where that is wanted', () => {
    const patternsOf = (wanted: string): string[] =>
      contributes.customEditors
        .find(({ viewType }: { viewType: string }) => viewType === wanted)
        .selector.map(({ filenamePattern }: { filenamePattern: string }) => filenamePattern.slice(1));
    assert.deepEqual(new Set(patternsOf('nnunet.volume')), new Set([...volumeEndings, ...dicomEndings]));
    assert.deepEqual(patternsOf('nnunet.volumeOption'), endingsOf(...pictureFormats));
    // Opened as the type that names its file, or the editor's title is the bare id.
    for (const viewType of ['nnunet.volume', 'nnunet.volumeOption'])
      for (const ending of patternsOf(viewType)) assert.equal(viewTypeOf(`/a/B${ending.toUpperCase()}`), viewType);
  });

  /** The endings in `resourceFilename =~ /\\.(nii|nii\\.gz)$/i`. */
  const endingsIn = (wanted: string): string[] => {
    const { when } = contributes.menus['explorer/context'].find(
      ({ command }: { command: string }) => command === wanted,
    );
    const [, endings] = /^(?:explorerResourceIsFolder \|\| )?resourceFilename =~ \/\\\.\(([a-z.|\\]+)\)\$\/i$/.exec(
      when,
    )!;
    return endings!.split('|').map((ending) => `.${ending.replaceAll('\\.', '.')}`);
  };

  it('offers Open Volume for every file that does not open there by itself, and formats that others open as well', () => {
    assert.deepEqual(
      new Set(endingsIn('nnunet.openVolume')),
      new Set([...imageEndings.filter((ending) => formatOf(ending) !== 'nifti'), ...dicomEndings]),
    );
  });

  it('offers to compare and to predict what opens in the volume editor unasked', () => {
    assert.deepEqual(endingsIn('nnunet.compareSegmentations'), volumeEndings);
    assert.deepEqual(endingsIn('nnunet.predictImage'), volumeEndings);
  });

  it('imports the folder that is right-clicked among the files', () => {
    const { when } = contributes.menus['explorer/context'].find(
      ({ command }: { command: string }) => command === 'nnunet.importDataset',
    );
    assert.equal(when, 'explorerResourceIsFolder');
  });

  it('starts the extension by itself only in a folder that holds datasets or trainings, found without a search', () => {
    assert.deepEqual(activationEvents, [
      'workspaceContains:nnUNet_results/.nnunet',
      'workspaceContains:nnUNet_raw',
      'workspaceContains:dataset.json',
    ]);
  });

  it('takes the devices that the command line takes, in the setting and in tasks', () => {
    const { choices, alsoTaken } = deviceOptions.find(({ name }) => name === 'device')!;
    const inSetting = new RegExp(contributes.configuration.properties['nnunet.device'].pattern);
    const [words, numbered] = contributes.taskDefinitions[0].properties.device.anyOf;
    assert.deepEqual(words.enum, choices);
    for (const device of [...choices!, 'cuda:0', 'cuda:12']) assert.match(device, inSetting);
    for (const [device, isTaken] of [
      ['cuda:1', true],
      ['cuda:', false],
      ['cuda:x', false],
      ['gpu', false],
    ] as const) {
      assert.equal(inSetting.test(device), isTaken, device);
      assert.equal(alsoTaken!.test(device), isTaken, device);
      assert.equal(new RegExp(numbered.pattern).test(device), isTaken, device);
    }
  });

  it('takes the providers that ONNX Runtime is asked for, in the setting and in tasks', () => {
    assert.deepEqual(contributes.configuration.properties['nnunet.onnxProvider'].enum, providerChoices);
    assert.deepEqual(contributes.taskDefinitions[0].properties.provider.enum, providerChoices);
  });

  it('has a setting for all that can be said of a cluster, none of which an untrusted workspace may set', () => {
    const settings = Object.keys(contributes.configuration.properties).filter((name) =>
      name.startsWith('nnunet.slurm.'),
    );
    assert.deepEqual(settings.sort(), clusterSettingNames.map((name) => `nnunet.slurm.${name}`).sort());
    const restricted = capabilities.untrustedWorkspaces.restrictedConfigurations;
    for (const name of ['nnunet.launcher', ...settings]) assert.ok(restricted.includes(name), name);
  });
});
