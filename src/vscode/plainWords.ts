/** How do names of files, models and labels look where VS Code renders links and icons? As they are written, and never as one. */

/** Controls, and the marks that turn the direction of writing round: "gnp.nii" must not read "iin.png". */
const invisible = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]+/g;

/** For notifications, progress and prompts, which turn `[text](command:…)` into a link whoever wrote it. */
export function withoutLinks(text: string): string {
  return text.replace(invisible, ' ').replaceAll('](', '] (');
}

/** For lists to choose from, which draw `$(name)` as an icon whoever wrote it. */
export function withoutIcons(text: string): string {
  return text.replace(invisible, ' ').replace(/\$\([\w~-]+\)/g, '\\$&');
}

/** For tooltips: a name within Markdown, in one line. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(invisible, ' ')
    .replaceAll('\n', ' ')
    .replace(/[\\`*_{}[\]()#+!|<>~$&]/g, '\\$&');
}

/** For tooltips: a path or key within Markdown, in letters of one width. Nothing can be escaped there. */
export function markdownCode(text: string): string {
  return `\`${text.replace(invisible, ' ').replaceAll('\n', ' ').replaceAll('`', "'")}\``;
}

/** A command for a link, as `[text](command:…)` and `href` take it. Parentheses would end the link. */
export function commandLink(command: string, ...parameters: unknown[]): string {
  const query = encodeURIComponent(JSON.stringify(parameters));
  return `command:${command}?${query.replace(/[()]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)}`;
}
