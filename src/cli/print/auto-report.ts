// Automatic promotion for people: what would happen now, when the next decision is, and the newest attempts.
import type { AutoAnswer } from '../hub/auto-answer.ts';
import { plainLine } from './plain-text.ts';
import { formatTable } from './table.ts';

/** The most attempts shown. */
const shown = 5;

export function formatAuto(answer: AutoAnswer): string {
  const { environment, acts, attempts } = answer;
  const rows = attempts
    .slice(0, shown)
    .map(({ moment, did, release, sentence }) => [moment, did, release ?? '-', sentence]);
  const parts = [
    plainLine(`${environment}: ${describeAuto(answer)}`),
    plainLine(answer.sentence),
    acts ? '' : 'Another Hub holds the lock of this environment and decides.',
  ].filter((line) => line !== '');
  const table = rows.length === 0 ? '' : `\n\n${formatTable(['MOMENT', 'DID', 'RELEASE', 'WHY'], rows)}`;
  return `${parts.join('\n')}${table}`;
}

/** One line: what the Hub would promote, and when. */
export function describeAuto({ when, schedule, choose, next, would, release, source }: AutoAnswer): string {
  const what = {
    promote: `would promote ${release ?? 'a release'}${source === null ? '' : ` from ${source}`}`,
    nothing: 'has nothing to promote',
    wait: release === null ? 'does not promote' : `does not promote ${release}`,
  }[would];
  const cron = schedule === null ? '' : ` (${schedule.cron} ${schedule.timeZone})`;
  const time = when === 'gates' ? 'as soon as the gates pass' : `next at ${next ?? 'no moment'}${cron}`;
  return `${what ?? would}; ${time}; chooses ${choose}`;
}
