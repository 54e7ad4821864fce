/** Small words of the list of jobs: when something ended, how long it took. */
import { t } from '@vscode/l10n';
import type { RunStatus } from '../../jobs/status';

export function isSameDay(one: Date, other: Date): boolean {
  return one.toDateString() === other.toDateString();
}

/** "14:03" today, "28 Nov" this year, else with the year. */
export function clockOrDay(time: Date, now: Date): string {
  if (Number.isNaN(time.getTime())) return '';
  const two = (value: number): string => String(value).padStart(2, '0');
  if (isSameDay(time, now)) return `${two(time.getHours())}:${two(time.getMinutes())}`;
  const day = `${time.getDate()} ${months()[time.getMonth()]}`;
  return time.getFullYear() === now.getFullYear() ? day : `${day} ${time.getFullYear()}`;
}

const months = (): string[] => [
  t('Jan'),
  t('Feb'),
  t('Mar'),
  t('Apr'),
  t('May'),
  t('Jun'),
  t('Jul'),
  t('Aug'),
  t('Sep'),
  t('Oct'),
  t('Nov'),
  t('Dec'),
];

/** From its first word to its last; 0 where these are not known. */
export function secondsOf({ startedAt, updatedAt }: Pick<RunStatus, 'startedAt' | 'updatedAt'>): number {
  if (startedAt === undefined || updatedAt === undefined) return 0;
  const seconds = (Date.parse(updatedAt) - Date.parse(startedAt)) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
