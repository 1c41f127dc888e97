import { describe, expect, it } from '@jest/globals';
import { StkError } from '../../src/kernel/errors.ts';
import { applyMove, type Committed, type Judged, judgeMove } from '../../src/promotion/apply-move.ts';
import type { MovePlan } from '../../src/promotion/plan.ts';

const plan: MovePlan = {
  kind: 'move',
  action: 'promote',
  environment: 'prod',
  from: 'v1',
  to: 'v2',
  source: 'dev',
};
const fits: Judged = { kind: 'fits', fingerprint: 'f'.repeat(32), findings: [] };
const committed: Committed = { kind: 'committed', revision: 'a'.repeat(40), pushed: false, notes: [] };

function stepsWith({ judged = fits, outcome = committed }: { judged?: Judged; outcome?: Committed }) {
  const messages: string[] = [];
  return {
    messages,
    judge: () => Promise.resolve(judged),
    facts: { reason: 'it is time', actor: 'ada' },
    committer: {
      commit: (_plan: MovePlan, message: string) => {
        messages.push(message);
        return Promise.resolve(outcome);
      },
    },
  };
}

describe('a move', () => {
  it('is committed with what was judged and who asked', async () => {
    const steps = stepsWith({});
    expect(await applyMove(plan, steps)).toMatchObject({ kind: 'moved', commit: committed });
    expect(steps.messages).toHaveLength(1);
    expect(steps.messages[0]).toMatch(
      /^promote\(prod\): v1 -> v2\n\n(.+\n)*Stk-Actor: ada\nStk-Fingerprint: f{32}\n$/,
    );
  });

  it('that nobody judged says so in its commit', async () => {
    const steps = stepsWith({ judged: { kind: 'unchecked' } });
    await applyMove(plan, steps);
    expect(steps.messages[0]).toContain('Stk-Unchecked: true');
  });

  it('that does not fit, or is in place already, commits nothing', async () => {
    const error = new StkError('incompatible', 'v2 does not fit');
    const steps = stepsWith({ judged: { kind: 'refused', error } });
    expect(await applyMove(plan, steps)).toEqual({ kind: 'refused', error });
    const already = { kind: 'already', environment: 'prod', release: 'v2' } as const;
    expect(await applyMove(already, steps)).toEqual(already);
    expect(await applyMove({ kind: 'refused', error }, steps)).toEqual({ kind: 'refused', error });
    expect(steps.messages).toEqual([]);
  });

  it('is judged without a commit for a dry run', async () => {
    const steps = stepsWith({});
    expect(await judgeMove(plan, steps)).toMatchObject({ kind: 'judged', plan, judged: fits });
    expect(steps.messages).toEqual([]);
  });

  it('that another commit overtook is a conflict that names the winner', async () => {
    const to = { revision: 'b'.repeat(40), by: 'Grace <grace@example.com>', release: 'v3' };
    const outcome = await applyMove(plan, stepsWith({ outcome: { kind: 'lost', to } }));
    if (outcome.kind !== 'refused') throw new Error(outcome.kind);
    expect(outcome.error).toMatchObject({
      code: 'conflict',
      message:
        'prod was moved to v3 in the meantime by Grace <grace@example.com> (bbbbbbbbbb); nothing was committed',
      details: { environment: 'prod', release: 'v3', by: to.by, movedIn: to.revision },
    });
  });

  it('that the committer refuses is refused with its error', async () => {
    const error = new StkError('git-dirty', 'the branch has uncommitted changes');
    const outcome = { kind: 'refused', error } as const;
    expect(await applyMove(plan, stepsWith({ outcome }))).toEqual(outcome);
  });
});
