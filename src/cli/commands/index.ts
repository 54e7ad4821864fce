/** All commands, in the order a user meets them. */
import type { Command } from '../command';
import { checkCommand } from './check';
import { clusterCommand } from './cluster';
import { engineCommand } from './engine';
import { evaluateCommand } from './evaluate';
import { exportOnnxCommand } from './exportOnnx';
import { importCommand } from './import';
import { inspectCommand } from './inspect';
import { mcpCommand } from './mcp';
import { planCommand } from './plan';
import { predictCommand } from './predict';
import { preprocessCommand } from './preprocess';
import { jobsCommand } from './jobs';
import { moveCommand } from './move';
import { removeCommand } from './remove';
import { retryCommand } from './retry';
import { sampleCommand } from './sample';
import { stopCommand } from './stop';
import { trainCommand } from './train';

export const commands: readonly Command[] = [
  sampleCommand,
  importCommand,
  checkCommand,
  inspectCommand,
  planCommand,
  preprocessCommand,
  trainCommand,
  predictCommand,
  evaluateCommand,
  exportOnnxCommand,
  stopCommand,
  jobsCommand,
  retryCommand,
  moveCommand,
  removeCommand,
  clusterCommand,
  engineCommand,
  mcpCommand,
];
