/** All commands, in the order a user meets them. */
import type { Command } from '../command';
import { engineCommand } from './engine';
import { runsCommand } from './runs';
import { stopCommand } from './stop';

export const commands: readonly Command[] = [stopCommand, runsCommand, engineCommand];
