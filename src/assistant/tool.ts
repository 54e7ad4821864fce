/** What is a tool of an assistant? What it takes, and what it answers or starts. */
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

interface ReadingTool {
  name: string;
  title: string;
  description: string;
  schema: InputSchema;
  tell(settings: AssistantSettings, known: NamesOfDatasets, given: unknown, options: CallOptions): Promise<Told>;
}

export function readingTool<const I extends Inputs>({
  inputs,
  answer,
  ...words
}: ToolWords<I> & { answer(call: Call, input: InputOf<I>): Promise<Answer> }): ReadingTool {
  return {
    ...words,
    schema: schemaOf(inputs),
    tell: (settings, known, given, options) =>
      answerCall(settings, known, options, async (call) => answer(call, readInput(inputs, given))),
  };
}
