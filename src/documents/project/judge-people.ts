// Judges the roles that stk.yaml names and how many people hold them, and durations with bounds. Gates and the rest of
// the pipeline use it.
import type { TreeMap } from '../yaml/document-tree.ts';
import { membersOf, type People } from '../../model/pipeline/people.ts';
import { suggest } from '../../kernel/nearest-name.ts';
import { textOf } from '../yaml/tree-reader.ts';
import { parseDuration } from '../../kernel/units.ts';

type Say = (pointer: string, message: string) => void;

/** When stk.yaml has `people`, a role must be listed there. */
export function judgeRole(role: string, people: People | undefined, pointer: string, report: Say): void {
  if (people === undefined || people.roles.has(role)) return;
  report(pointer, `"people" has no role "${role}"${suggest(role, people.roles.keys())}`);
}

/** Whether `count` people can ever approve. */
export function judgeCount(
  {
    role,
    count,
    people,
  }: { readonly role: string; readonly count: number; readonly people: People | undefined },
  pointer: string,
  { report, warn }: { readonly report: Say; readonly warn: Say },
): void {
  const members = membersOf(people, role)?.size;
  if (members === undefined) return;
  if (count > members)
    report(
      pointer,
      `${count} approvals are required, and "${role}" has ${members} ${members === 1 ? 'person' : 'people'}`,
    );
  else if (count === members)
    warn(
      pointer,
      `"${role}" has ${members} ${members === 1 ? 'person' : 'people'} and all must approve: nothing that one of them wrote can ever pass`,
    );
}

/** `undefined` when it is absent or not a duration; the schema has reported that. */
export function readDuration(
  map: TreeMap | undefined,
  key: string,
  {
    pointer,
    report,
    least = '1s',
    most = '3650d',
  }: {
    readonly pointer: string;
    readonly report: Say;
    readonly least?: string;
    readonly most?: string;
  },
): number | undefined {
  const written = textOf(map, key);
  const amount = written === undefined ? undefined : parseDuration(written);
  if (amount === undefined) return undefined;
  if (amount < (parseDuration(least) ?? 0) || amount > (parseDuration(most) ?? Infinity))
    report(pointer, `${written} is out of bounds: expected ${least} to ${most}`);
  return amount;
}
