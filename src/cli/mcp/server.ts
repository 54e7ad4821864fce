/** Speaks the Model Context Protocol: any assistant that knows it can ask what src/assistant tells. */
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CallToolRequestSchema,
  ListToolsRequestSchema,
  type CallToolResult,
  type Tool,
} from '@modelcontextprotocol/sdk/types.js';
import { NamesOfDatasets, type AssistantSettings, type CallOptions, type Told } from '../../assistant/call';
import type { AssistantTool, Proposed, StartingTool } from '../../assistant/tool';
import { assistantTools } from '../../assistant/tools';
import type { Starter } from '../../jobs/advance';

export interface McpOptions {
  settings: AssistantSettings;
  version: string;
  /** The person lets an assistant start jobs where its program can't ask. */
  allowStart: boolean;
  starter: Starter;
}

const instructions =
  'nnU-Net: trains and uses segmentation models for medical images on this machine. List the datasets first. Names of cases, files and folders are replaced by numbers ("case 3") unless the person allows them. What starts a job asks the person first.';

/** @returns once the other side has closed */
export async function serve(transport: Transport, options: McpOptions): Promise<void> {
  const server = new Server(
    { name: 'nnunet', title: 'nnU-Net', version: options.version },
    { capabilities: { tools: {} }, instructions },
  );
  const known = new NamesOfDatasets();
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: assistantTools.map(describe) }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal, sendNotification, _meta }) => {
    const tool = assistantTools.find(({ name }) => name === params.name);
    if (!tool) return resultOf(unknownTool(params.name));
    const progressToken = _meta?.progressToken;
    const sent: Promise<unknown>[] = [];
    const callOptions: CallOptions = {
      signal,
      progress: (done, total) => {
        if (progressToken === undefined) return;
        const update = { progressToken, progress: done, total };
        // A client that is gone takes no more of it.
        sent.push(sendNotification({ method: 'notifications/progress', params: update }).catch(() => undefined));
      },
    };
    const told = tool.starts
      ? await start(server, tool, params.arguments, known, callOptions, options)
      : await tool.tell(options.settings, known, params.arguments, callOptions);
    await Promise.all(sent);
    return resultOf(told);
  });
  const closed = new Promise<void>((resolve) => (server.onclose = resolve));
  await server.connect(transport);
  await closed;
}

function describe({ name, title, description, schema, starts }: AssistantTool): Tool {
  return {
    name,
    title,
    description,
    inputSchema: schema,
    annotations: { title, readOnlyHint: !starts, ...(starts && { destructiveHint: false }), openWorldHint: false },
  };
}

async function start(
  server: Server,
  tool: StartingTool,
  given: unknown,
  known: NamesOfDatasets,
  callOptions: CallOptions,
  { settings, allowStart, starter }: McpOptions,
): Promise<Told> {
  const proposed = await tool.propose(settings, known, given, callOptions);
  if ('failure' in proposed) return proposed.failure;
  const refusal = await refusalOf(server, proposed, asGiven(given), { allowStart, signal: callOptions.signal });
  return refusal ?? proposed.start(starter);
}

/** The person sees what the assistant asked for in its own words, the names in it too: it has them already. */
function asGiven(input: unknown): string[] {
  const entries = Object.entries((input ?? {}) as object).map(([name, value]) => `${name} = ${String(value)}`);
  return [`Asked for: ${entries.join(', ')}`];
}

/** Asks the person through the assistant's program. @returns undefined where the job may start */
async function refusalOf(
  server: Server,
  { words: { question, details, command } }: Exclude<Proposed, { failure: Told }>,
  given: string[],
  { allowStart, signal }: { allowStart: boolean; signal?: AbortSignal },
): Promise<Told | undefined> {
  if (!server.getClientCapabilities()?.elicitation) {
    if (allowStart) return undefined;
    return failure(
      'start-not-allowed',
      'This was not started: the program of this assistant cannot ask the person',
      `The person can run "${command}", or start this server with "nnunet mcp --allow-start".`,
    );
  }
  const { action, content } = await server.elicitInput(
    {
      message: [question, ...details, ...given].join('\n'),
      requestedSchema: {
        type: 'object',
        properties: { start: { type: 'boolean', title: 'Start it', description: question, default: false } },
        required: ['start'],
      },
    },
    // A person may be away for long.
    { signal, timeout: 30 * 60_000 },
  );
  if (action === 'accept' && content?.start === true) return undefined;
  return failure('start-refused', 'The person did not agree: nothing was started', 'Ask what they want instead.');
}

function failure(code: string, message: string, hint: string): Told {
  return { isError: true, text: `${message}. ${hint}`, data: { code, message, hint } };
}

function unknownTool(name: string): Told {
  return failure('unknown-tool', `There is no tool "${name}"`, 'List the tools to see them.');
}

function resultOf({ text, data, isError }: Told): CallToolResult {
  return { content: [{ type: 'text', text }], structuredContent: data, ...(isError && { isError }) };
}
