/** The MCP server over standard input and output; a bundle of its own, so that the other commands start as fast as before. */
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { serve, type McpOptions } from './server';

/** @returns once the other side has closed its end, or the signal asks for it */
export async function serveOverStdio(options: McpOptions, signal: AbortSignal): Promise<void> {
  const transport = new StdioServerTransport();
  const close = (): void => {
    transport.close().catch(() => undefined);
  };
  process.stdin.once('end', close);
  process.stdin.once('close', close);
  signal.addEventListener('abort', close, { once: true });
  await serve(transport, options);
}
