/** What is a tool of an assistant? What it takes, and what it answers or, once the person agrees, starts. */
import type { Starter } from '../jobs/advance';
import {
  answerCall,
  type Answer,
  type AssistantSettings,
  type Call,
  type CallOptions,
  type NamesOfDatasets,
  type Told,
} from './call';
import { readInput, schemaOf, type InputOf, type Inputs, type InputSchema } from './inputs';

interface ToolWords<I extends Inputs> {
  /** The same in VS Code and over MCP. */
  name: string;
  title: string;
  /** For the model: what it tells and when to take it. */
  description: string;
  inputs: I;
}

type Asking<T> = (
  settings: AssistantSettings,
  known: NamesOfDatasets,
  given: unknown,
  options: CallOptions,
) => Promise<T>;

interface ToolForm {
  name: string;
  title: string;
  description: string;
  schema: InputSchema;
}

interface ReadingTool extends ToolForm {
  starts: false;
  tell: Asking<Told>;
}

export interface StartingTool extends ToolForm {
  starts: true;
  propose: Asking<Proposed>;
}

export type AssistantTool = ReadingTool | StartingTool;

/** What would be started. */
export interface Proposal {
  /** "Train Hippocampus 3d_fullres, fold 0?" */
  question: string;
  /** What it takes, changes and leaves: one sentence each. */
  details: string[];
  /** What a person types to do the same. */
  command: string;
  /** Nothing was done before this is called. */
  start(starter: Starter): Promise<Answer>;
}

type Words = Omit<Proposal, 'start'>;

export type Proposed =
  | { failure: Told }
  | {
      /** As it may leave this program. */
      words: Words;
      /** For the person in this program: with the names. */
      ownWords: Words;
      start(starter: Starter): Promise<Told>;
    };

export function readingTool<const I extends Inputs>({
  inputs,
  answer,
  ...words
}: ToolWords<I> & { answer(call: Call, input: InputOf<I>): Promise<Answer> }): ReadingTool {
  return {
    ...words,
    starts: false,
    schema: schemaOf(inputs),
    tell: (settings, known, given, options) =>
      answerCall(settings, known, options, async (call) => answer(call, readInput(inputs, given))),
  };
}

export function startingTool<const I extends Inputs>({
  inputs,
  plan,
  ...words
}: ToolWords<I> & { plan(call: Call, input: InputOf<I>): Promise<Proposal> }): StartingTool {
  return {
    ...words,
    starts: true,
    schema: schemaOf(inputs),
    async propose(settings, known, given, options) {
      let planned: { call: Call; proposal: Proposal } | undefined;
      const told = await answerCall(settings, known, options, async (call) => {
        const proposal = await plan(call, readInput(inputs, given));
        planned = { call, proposal };
        const { question, details, command } = proposal;
        return { text: question, data: { details, command } };
      });
      if (!planned) return { failure: told };
      const { proposal } = planned;
      const { details, command } = told.data as { details: string[]; command: string };
      return {
        words: { question: told.text, details, command },
        ownWords: proposal,
        start: (starter) =>
          answerCall(settings, known, options, (call) => startIn(call, planned!.call, proposal, starter)),
      };
    },
  };
}

/** What is told of the start is hidden as what was told of the plan. */
function startIn(call: Call, planned: Call, proposal: Proposal, starter: Starter): Promise<Answer> {
  call.names = planned.names;
  return proposal.start(starter);
}
