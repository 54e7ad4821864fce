/** All tools of an assistant, the same in VS Code and over MCP. */
import { readingTools } from './readingTools';
import { startingTools } from './startingTools';
import type { AssistantTool } from './tool';

export const assistantTools: readonly AssistantTool[] = [...readingTools, ...startingTools];
