/** All commands, in the order a user meets them. */
import type { Command } from '../command';
import { addConfigurationCommand } from './addConfiguration';
import { cardCommand } from './card';
import { checkCommand } from './check';
import { clusterCommand } from './cluster';
import { crossValidateCommand } from './crossValidate';
import { engineCommand } from './engine';
import { ensembleCommand } from './ensemble';
import { evaluateCommand } from './evaluate';
import { exportModelCommand } from './exportModel';
import { experimentsCommand } from './experiments';
import { explainCommand } from './explain';
import { exportOnnxCommand } from './exportOnnx';
import { exportSegCommand } from './exportSeg';
import { findBestCommand } from './findBest';
import { importCommand } from './import';
import { importModelCommand } from './importModel';
import { inspectCommand } from './inspect';
import { mcpCommand } from './mcp';
import { planCommand } from './plan';
import { postprocessCommand } from './postprocess';
import { predictCommand } from './predict';
import { preprocessCommand } from './preprocess';
import { jobsCommand } from './jobs';
import { moveCommand } from './move';
import { movePlansCommand } from './movePlans';
import { removeCommand } from './remove';
import { reportCommand } from './report';
import { resultsCommand } from './results';
import { retryCommand } from './retry';
import { sampleCommand } from './sample';
import { stopCommand } from './stop';
import { trainCommand } from './train';
import { volumesCommand } from './volumes';

export const commands: readonly Command[] = [
  sampleCommand,
  importCommand,
  checkCommand,
  inspectCommand,
  cardCommand,
  planCommand,
  explainCommand,
  addConfigurationCommand,
  preprocessCommand,
  movePlansCommand,
  trainCommand,
  crossValidateCommand,
  findBestCommand,
  predictCommand,
  evaluateCommand,
  experimentsCommand,
  resultsCommand,
  reportCommand,
  volumesCommand,
  ensembleCommand,
  postprocessCommand,
  exportModelCommand,
  importModelCommand,
  exportOnnxCommand,
  exportSegCommand,
  stopCommand,
  jobsCommand,
  retryCommand,
  moveCommand,
  removeCommand,
  clusterCommand,
  engineCommand,
  mcpCommand,
];
