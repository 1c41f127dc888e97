// Freezes and vetoes as changes of one file of the followed branch, decided from its current content. The CLI and the
// Hub commit them; this file writes nothing.
import { formatFreeze, formatVeto, type FreezeDocument } from '../documents/format-stops.ts';
import { parseFreeze } from '../documents/parse-stops.ts';
import { StkError } from '../kernel/errors.ts';
import { isId } from '../kernel/ids.ts';
import { suggest } from '../kernel/nearest-name.ts';
import { freezePath, vetoPath } from '../model/pipeline/freeze.ts';
import { formatStopMessage } from './commit-message.ts';

/** What one commit does to one file. */
export interface FileChange {
  readonly path: string;
  /** `null` to remove it. */
  readonly content: string | null;
  readonly message: string;
}

export type StopPlan =
  | { readonly kind: 'change'; readonly change: FileChange }
  /** It exists already, or is gone already. */
  | { readonly kind: 'already' }
  | { readonly kind: 'refused'; readonly error: StkError };

/** The requester, when that is not the commit's author: the subject of a Hub's token. */
type Actor = string | undefined;

/** The freeze that stops everything, automation included. */
export const haltName = 'halt';

export interface FreezeRequest extends FreezeDocument {
  /** Text of the freeze with that name; `undefined` when it does not exist. */
  readonly existing: string | undefined;
  /** All environments of the project. */
  readonly known: readonly string[];
  readonly actor: Actor;
}

/** Refuses with `malformed`, `unknown-environment`, `conflict`. */
export function planFreeze({ existing, known, actor, ...freeze }: FreezeRequest): StopPlan {
  const { name, environments = [], reason } = freeze;
  if (!isId(name))
    return refused('malformed', `${JSON.stringify(name.slice(0, 80))} is not a valid name of a freeze`);
  const unknown = environments.find((one) => !known.includes(one));
  if (unknown !== undefined)
    return refused(
      'unknown-environment',
      `there is no environment ${JSON.stringify(unknown.slice(0, 80))}${suggest(unknown, known)}`,
      `stk.yaml lists: ${known.join(', ')}`,
    );
  const content = formatFreeze(freeze);
  const parsed = parseFreeze(content, { name, environments: new Set(known) });
  if (!parsed.ok) {
    const said = parsed.problems.map(({ pointer, message }) => `${pointer.slice(1)}: ${message}`).join('; ');
    return refused('malformed', `that is not a freeze: ${said}`);
  }
  if (existing === content || (existing !== undefined && name === haltName)) return { kind: 'already' };
  if (existing !== undefined)
    return refused(
      'conflict',
      `the freeze ${name} already exists`,
      `Lift it first (stk unfreeze ${name}), or choose another name.`,
    );
  const action = name === haltName ? 'halt' : 'freeze';
  const message = formatStopMessage({ action, subject: name, reason, actor });
  return { kind: 'change', change: { path: freezePath(name), content, message } };
}

/** Refuses with `unknown-freeze`. `names`: all freezes. */
export function planUnfreeze(
  name: string,
  { names, actor }: { readonly names: readonly string[]; readonly actor: Actor },
): StopPlan {
  if (!names.includes(name))
    return refused(
      'unknown-freeze',
      `there is no freeze ${JSON.stringify(name.slice(0, 80))}${suggest(name, names)}`,
      names.length === 0 ? 'Nothing is frozen.' : `Freezes: ${names.join(', ')}`,
    );
  const message = formatStopMessage({ action: 'unfreeze', subject: name, reason: undefined, actor });
  return { kind: 'change', change: { path: freezePath(name), content: null, message } };
}

export interface VetoRequest {
  readonly release: string;
  readonly reason: string;
  /** Text of its veto; `undefined` when none exists. */
  readonly existing: string | undefined;
  /** Whether the release exists. */
  readonly isKnown: boolean;
  readonly actor: Actor;
}

/** Refuses with `unknown-release`. */
export function planVeto({ release, reason, existing, isKnown, actor }: VetoRequest): StopPlan {
  if (!isKnown) return refuseRelease(release);
  if (existing !== undefined) return { kind: 'already' };
  const content = formatVeto({ release, reason });
  const message = formatStopMessage({ action: 'veto', subject: release, reason, actor });
  return { kind: 'change', change: { path: vetoPath(release), content, message } };
}

export function planUnveto({
  release,
  existing,
  actor,
}: Pick<VetoRequest, 'release' | 'existing' | 'actor'>): StopPlan {
  if (!isId(release)) return refuseRelease(release);
  if (existing === undefined) return { kind: 'already' };
  const message = formatStopMessage({ action: 'unveto', subject: release, reason: undefined, actor });
  return { kind: 'change', change: { path: vetoPath(release), content: null, message } };
}

/** `prod-20261129-1`: the first free name. `at`: milliseconds since 1970. */
export function nameFreeze(
  environments: readonly string[] | undefined,
  { at, names }: { readonly at: number; readonly names: readonly string[] },
): string {
  const [only] = environments ?? [];
  const place = environments?.length === 1 && only !== undefined ? only : environments ? 'some' : 'all';
  const day = new Date(at).toISOString().slice(0, 10).replaceAll('-', '');
  for (let n = 1; ; n += 1) {
    const name = `${place}-${day}-${n}`;
    if (!names.includes(name)) return name;
  }
}

function refuseRelease(release: string): StopPlan {
  return refused(
    'unknown-release',
    `there is no release ${JSON.stringify(release.slice(0, 80))}`,
    'stk release list shows every release.',
  );
}

function refused(code: StkError['code'], message: string, hint?: string): StopPlan {
  return { kind: 'refused', error: new StkError(code, message, hint === undefined ? {} : { hint }) };
}
