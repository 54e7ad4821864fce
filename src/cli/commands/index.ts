/** All commands, in the order a user meets them. */
import type { Command } from '../command';
import { checkCommand } from './check';
import { engineCommand } from './engine';
import { importCommand } from './import';
import { inspectCommand } from './inspect';
import { runsCommand } from './runs';
import { sampleCommand } from './sample';
import { stopCommand } from './stop';

export const commands: readonly Command[] = [
  sampleCommand,
  importCommand,
  checkCommand,
  inspectCommand,
  stopCommand,
  runsCommand,
  engineCommand,
];
