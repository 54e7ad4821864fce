/** Lengths of time as people write and read them. */
import { t } from '@vscode/l10n';
import { UsageError } from '../method/errors';

const secondsPerUnit: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86400 };

/** "20m", "1h30m", "90s", "1.5h" in seconds. A bare number is refused: minutes or seconds can't be told apart. */
export function parseDuration(text: string, what = 'duration'): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*(s|m|h|d)(?:ec|in|ours?|ays?)?\s*/giy)];
  const length = parts.reduce((sum, part) => sum + part[0].length, 0);
  const seconds = parts.reduce((sum, part) => sum + Number(part[1]) * secondsPerUnit[part[2]!.toLowerCase()]!, 0);
  if (parts.length === 0 || length !== text.length || seconds <= 0) {
    throw new UsageError('bad-duration', `"${text}" is not a ${what}`, {
      hint: 'Write for example 90s, 20m, 1h30m or 2d.',
    });
  }
  return seconds;
}

/** 45 s, 3 min 20 s, 2 h 5 min: two units at most. */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return t('{0} s', seconds.toFixed(1));
  const whole = Math.round(seconds);
  if (whole < 60) return t('{0} s', whole);
  if (whole < 3600) return twoUnits(t('{0} min', Math.floor(whole / 60)), whole % 60, t('{0} s', whole % 60));
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return twoUnits(t('{0} h', Math.floor(minutes / 60)), minutes % 60, t('{0} min', minutes % 60));
  const hours = Math.round(seconds / 3600);
  return twoUnits(t('{0} d', Math.floor(hours / 24)), hours % 24, t('{0} h', hours % 24));
}

function twoUnits(big: string, rest: number, small: string): string {
  return rest === 0 ? big : `${big} ${small}`;
}
