/** Words in tooltips. */

/** Names of files and people's words are shown as they are written. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+!|<>~$&]/g, '\\$&');
}
