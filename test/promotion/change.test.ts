import { describe, expect, it } from '@jest/globals';
import { toChanges, type NamedChange } from '../../src/promotion/change.ts';
import { rollbackTargets } from '../../src/promotion/rollback-targets.ts';

interface Step {
  readonly to: string | undefined;
  readonly subject?: string;
  readonly trailers?: Readonly<Record<string, string>>;
  readonly removed?: boolean;
}

/** Pointer commits from oldest to newest, as the history gives them: newest first. */
function history(...steps: readonly Step[]): readonly NamedChange[] {
  return steps
    .map((step, index) => ({
      commit: {
        revision: `c${index}`,
        parents: [],
        by: 'Op <op@example.com>',
        mail: 'op@example.com',
        coAuthors: [],
        isSigned: false,
        at: `2026-01-0${index + 1}T00:00:00Z`,
        subject: step.subject ?? 'edit',
        trailers: new Map(Object.entries(step.trailers ?? {})),
      },
      environment: 'prod',
      before: index === 0 ? undefined : steps[index - 1]?.to,
      after: step.to,
      removed: step.removed ?? false,
    }))
    .reverse();
}

function actions(...steps: readonly Step[]): readonly string[] {
  return toChanges(history(...steps))
    .map(({ action }) => action)
    .reverse();
}

const trailersOf = (
  action: string,
  from: string,
  to: string,
  environment = 'prod',
): Record<string, string> => ({
  'Stk-Action': action,
  'Stk-Environment': environment,
  'Stk-From': from,
  'Stk-To': to,
  'Stk-Reason': 'because',
});

describe('toChanges', () => {
  it('calls a new release a promotion and one named before a rollback', () => {
    expect(actions({ to: 'v1' }, { to: 'v2' }, { to: 'v1' }, { to: 'v2' })).toEqual([
      'promote',
      'promote',
      'rollback',
      'rollback',
    ]);
  });

  it('believes trailers that describe what happened: a second promotion of the same release', () => {
    expect(
      actions(
        { to: 'v1' },
        { to: 'v2' },
        { to: 'v1' },
        { to: 'v2', trailers: trailersOf('promote', 'v1', 'v2') },
      ),
    ).toEqual(['promote', 'promote', 'rollback', 'promote']);
  });

  it.each([
    ['another release', trailersOf('promote', 'v2', 'v9')],
    ['another start', trailersOf('promote', 'v0', 'v1')],
    ['another environment', trailersOf('promote', 'v2', 'v1', 'dev')],
    ['an action of its own', trailersOf('delete', 'v2', 'v1')],
  ])('does not believe trailers that name %s', (_what, trailers) => {
    expect(actions({ to: 'v1' }, { to: 'v2' }, { to: 'v1', trailers })).toEqual([
      'promote',
      'promote',
      'rollback',
    ]);
  });

  it('tells a git revert', () => {
    expect(
      actions({ to: 'v1' }, { to: 'v2' }, { to: 'v1', subject: 'Revert "promote(prod): v1 -> v2"' }).at(-1),
    ).toBe('revert');
  });

  it('tells an edit, an unreadable pointer and a removal', () => {
    expect(actions({ to: 'v1' }, { to: 'v1' }, { to: undefined }, { to: undefined, removed: true })).toEqual([
      'promote',
      'edit',
      'invalid',
      'remove',
    ]);
  });

  it('gives each entry the shape that the history answers with', () => {
    const [newest] = toChanges(
      history({ to: 'v1' }, { to: 'v2', subject: 's', trailers: trailersOf('promote', 'v1', 'v2') }),
    );
    expect(newest).toEqual({
      revision: 'c1',
      release: 'v2',
      previous: 'v1',
      action: 'promote',
      by: 'Op <op@example.com>',
      at: '2026-01-02T00:00:00Z',
      reason: 'because',
      subject: 's',
    });
  });
});

describe('rollbackTargets', () => {
  it('gives releases of earlier commits, newest first, each once, without the current one', () => {
    const changes = toChanges(history({ to: 'v1' }, { to: 'v2' }, { to: 'v1' }, { to: 'v3' }, { to: 'v2' }));
    expect(rollbackTargets(changes).map(({ release, revision }) => [release, revision])).toEqual([
      ['v3', 'c3'],
      ['v1', 'c2'],
    ]);
  });

  it('offers the last good release while the pointer is unreadable', () => {
    const changes = toChanges(history({ to: 'v1' }, { to: undefined }));
    expect(rollbackTargets(changes).map(({ release }) => release)).toEqual(['v1']);
  });

  it('has nothing for an environment with one commit or none', () => {
    expect(rollbackTargets([])).toEqual([]);
    expect(rollbackTargets(toChanges(history({ to: 'v1' })))).toEqual([]);
  });
});
