// What a promotion or a rollback would do, decided from loaded data alone. The CLI or the Hub applies it; it can be
// printed (--dry-run), tested and stored.
import type { PointerEdit } from '../documents/edit-pointer.ts';
import { StkError } from '../kernel/errors.ts';
import { isId } from '../kernel/ids.ts';
import { suggest } from '../kernel/nearest-name.ts';
import type { NamedBeside } from './named-beside.ts';
import type { RollbackTarget } from './rollback-targets.ts';

export type Action = 'promote' | 'rollback';

export type Plan =
  | {
      readonly kind: 'move';
      readonly action: Action;
      readonly environment: string;
      /** The release that the pointer names now; `undefined` when none yet. */
      readonly from: string | undefined;
      readonly to: string;
      /** The environment whose pointer is copied, for `--from`. */
      readonly source: string | undefined;
      /** The pointer's keys beside the release; absent for a new move, which drops `hotfix` and `override` and keeps `hold`. */
      readonly keys?: Omit<PointerEdit, 'release'> | undefined;
      /** Files in the same commit, such as an incident. */
      readonly beside?: FilesBeside | undefined;
    }
  /** The pointer already names it: no commit. */
  | { readonly kind: 'already'; readonly environment: string; readonly release: string };

/** Path → text, computed from a commit of the followed branch. */
export type FilesBeside = (at: FilesAt) => Promise<ReadonlyMap<string, string>>;

/** The content of a commit. */
export interface FilesAt {
  /** File names in a folder; empty when the folder does not exist. */
  names(folder: string): Promise<readonly string[]>;
}

export type MovePlan = Extract<Plan, { kind: 'move' }>;

/** A plan, or why it is impossible. */
export type Planned = Plan | { readonly kind: 'refused'; readonly error: StkError };

export interface PromotionRequest {
  /** The target environment. */
  readonly environment: string;
  /** The release that its pointer names now; `undefined` when there is no pointer, or it names none. */
  readonly current: string | undefined;
  readonly source:
    | { readonly kind: 'release'; readonly release: string }
    | {
        readonly kind: 'environment';
        readonly environment: string;
        readonly desired: string | undefined;
        /** What the Hub serves there; `null` when the Hub was not asked (`--no-check`). */
        readonly serving: string | null | undefined;
      };
  /** Whether `releases/<id>.yaml` exists; called for the release to promote. */
  isKnown(release: string): boolean;
  /** Ids in which to search for the nearest to an unknown one. */
  readonly known?: readonly string[];
}

/** Copies a pointer. Refuses with `usage`, `conflict`, `not-active` or `unknown-release`. */
export function planPromotion(request: PromotionRequest): Planned {
  const { environment, current, source } = request;
  if (source.kind === 'release') return planMove('promote', request, source.release, undefined);
  if (source.environment === environment) {
    return refused(
      new StkError('usage', `${environment} cannot be promoted from itself`, {
        hint: 'Name another environment with --from, or a release with --release-id.',
        details: { environment },
      }),
    );
  }
  if (source.desired === undefined) {
    return refused(
      new StkError(
        'unknown-release',
        `${source.environment} names no release, so there is nothing to promote`,
        {
          hint: `Give the release itself: stk release promote --to ${environment} --release-id ID`,
          details: { environment: source.environment },
        },
      ),
    );
  }
  if (source.serving !== null && source.serving !== source.desired && source.desired !== current) {
    const serves = source.serving === undefined ? 'serves nothing yet' : `still serves ${source.serving}`;
    return refused(
      new StkError(
        'other-release',
        `${source.environment} should serve ${source.desired} but ${serves}; only what is served is promoted`,
        {
          hint: `See why with: stk status --env ${source.environment}. To promote a release by name: --release-id ${source.desired}`,
          details: { environment: source.environment, release: source.desired },
        },
      ),
    );
  }
  return planMove('promote', request, source.desired, source.environment);
}

export interface RollbackRequest {
  readonly environment: string;
  readonly current: string | undefined;
  readonly release: string;
  /** See rollbackTargets. */
  readonly targets: readonly RollbackTarget[];
  /** Where else history names the release, for the refusal; `undefined` when nowhere, or it is a target. */
  readonly beside: NamedBeside | undefined;
  isKnown(release: string): boolean;
}

/** Restores a pointer. Refuses with `unknown-release` when no earlier pointer commit of this environment names it. */
export function planRollback(request: RollbackRequest): Planned {
  const { environment, current, release, targets } = request;
  const isTarget = targets.some((target) => target.release === release);
  if (release === current || isTarget) return planMove('rollback', request, release, undefined);
  if (request.beside !== undefined) return refused(standsBeside(request, request.beside));
  // A release whose file is gone is only history, and no target.
  const possible = targets.map((target) => target.release).filter((id) => request.isKnown(id));
  const shown = possible.slice(0, 5);
  return refused(
    new StkError(
      'unknown-release',
      `${environment} never served ${quoted(release)}, so it cannot roll back to it${request.isKnown(release) ? '' : suggest(release, possible)}`,
      {
        hint:
          shown.length === 0
            ? `${environment} has no earlier release. To move it to any release: stk release promote --to ${environment} --release-id ID`
            : `${environment} can roll back to: ${shown.join(', ')}${possible.length > shown.length ? ', …' : ''}`,
        details: { environment, release, targets: possible },
      },
    ),
  );
}

function standsBeside({ environment, release }: RollbackRequest, { revision, merge }: NamedBeside): StkError {
  const [named, merged] = [revision.slice(0, 10), merge.slice(0, 10)];
  return new StkError(
    'unknown-release',
    `${environment} named ${quoted(release)} in ${named}, but the merge ${merged} brought that in from another branch; a rollback goes only to releases from this branch's own commits`,
    {
      hint: `A git pull made that merge with the branch as its second parent. Name the release as a promotion: stk release promote --to ${environment} --release-id ${quoted(release)}. To avoid it: git pull --rebase.`,
      details: { environment, release, revision, merge },
    },
  );
}

function planMove(
  action: Action,
  request: Pick<PromotionRequest, 'environment' | 'current' | 'isKnown' | 'known'>,
  to: string,
  source: string | undefined,
): Planned {
  const { environment, current } = request;
  if (to === current) return { kind: 'already', environment, release: to };
  if (!isId(to) || !request.isKnown(to)) {
    return refused(
      new StkError(
        'unknown-release',
        `there is no release ${quoted(to)}${suggest(to, request.known ?? [])}`,
        {
          hint: 'stk release list shows every release.',
          details: { environment, release: to },
        },
      ),
    );
  }
  return { kind: 'move', action, environment, from: current, to, source };
}

function refused(error: StkError): Planned {
  return { kind: 'refused', error };
}

/** A hostile id must not put a line break or an escape into a message. */
function quoted(id: string): string {
  return isId(id) ? id : JSON.stringify(id.slice(0, 80));
}
