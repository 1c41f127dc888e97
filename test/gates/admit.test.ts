import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AdmissionFacts, RanState } from '../../src/gates/admission/admission-facts.ts';
import { admit, refusalReasons } from '../../src/gates/admission/admit.ts';
import { computeDebt, findSkipped } from '../../src/gates/admission/hotfix-debt.ts';
import type { Freeze } from '../../src/model/pipeline/freeze.ts';
import type { GateFacts } from '../../src/model/pipeline/gate-facts.ts';
import {
  aCheck,
  anApproval,
  aPolicy,
  aSource,
  day,
  digest,
  hour,
  now,
  people,
  someMove,
  withRecords,
} from '../support/gates/some-facts.ts';

const governed = aPolicy(
  'from: dev\ngates: { ci: { check: ci }, stable: { soak: 2h }, approve: { approval: { role: release-approver } } }',
);
const open = aPolicy('onDrift: warn');
const approved = withRecords(aCheck(), anApproval('ada@example.com'));
const failing: Partial<GateFacts> = {
  ...withRecords(aCheck({ status: 'failed' })),
  sources: [aSource({ presence: 'rolled-back', healthy: [] })],
};
const aFreeze = (parts: Partial<Freeze> = {}): Freeze => ({
  name: 'peak',
  environments: undefined,
  reason: 'holiday sales',
  from: undefined,
  until: undefined,
  allowsHotfix: false,
  broken: undefined,
  ...parts,
});
const reasonsOf = (policy: typeof governed, facts: AdmissionFacts) => {
  const { isAdmitted, move, reason, refusals } = admit(policy, facts, now);
  return isAdmitted ? [move, reason] : [move, ...refusals.map((refusal) => refusal.reason)];
};
const ran = (parts: Partial<AdmissionFacts['ran']>): AdmissionFacts['ran'] => ({
  events: 'unknown',
  memory: 'unknown',
  isNamedBeforeGates: false,
  ...parts,
});

describe('what a move is', () => {
  const states: RanState[] = ['ran', 'undone', 'unknown'];
  const cases = states.flatMap((events) =>
    states.flatMap((memory) =>
      [true, false].map((isNamedBeforeGates) => ({ events, memory, isNamedBeforeGates })),
    ),
  );

  it.each(cases)('with gates: events $events, memory $memory, named $isNamedBeforeGates', (facts) => {
    const isKnown = facts.events === 'ran' || facts.memory === 'ran';
    const isUndone = facts.events === 'undone' || facts.memory === 'undone';
    const isRollback = isKnown || (facts.isNamedBeforeGates && !isUndone);
    const { move, isAdmitted, gates } = admit(governed, someMove({ ran: facts, gates: failing }), now);
    expect([move, isAdmitted, gates.length]).toEqual(
      isRollback ? ['rollback', true, 0] : ['promotion', false, 4],
    );
  });

  it.each(cases)('without gates: events $events, memory $memory, named $isNamedBeforeGates', (facts) => {
    const isKnown = facts.events === 'ran' || facts.memory === 'ran';
    expect(reasonsOf(open, someMove({ ran: facts }))).toEqual(
      isKnown ? ['rollback', 'RanBefore'] : ['promotion', 'NoGates'],
    );
  });

  it('is nothing when desired is served, by id and content', () => {
    const served = {
      serving: { release: 'v2', digest },
      veto: { release: 'v2', reason: 'no', broken: undefined },
      gates: failing,
    };
    expect(reasonsOf(governed, someMove(served))).toEqual(['nothing', 'NothingToAdmit']);
    expect(reasonsOf(governed, someMove({ ...served, serving: { release: 'v2', digest: 'other' } }))[0]).toBe(
      'promotion',
    );
  });

  it('is a promotion in events where nothing was ever served, a hotfix too', () => {
    const hotfix = { reason: 'outage', approvers: [], commit: 'c0ffee1' };
    const first = someMove({ serving: undefined, hasServed: false, move: { hotfix } });
    expect(admit(governed, first, now)).toMatchObject({ move: 'hotfix', class: 'promotion' });
    expect(admit(governed, { ...first, hasServed: true }, now).class).toBe('hotfix');
  });
});

describe('a promotion', () => {
  it('is admitted when every gate passes', () => {
    expect(admit(governed, someMove({ gates: approved }), now)).toMatchObject({
      isAdmitted: true,
      class: 'promotion',
      reason: 'GatesPassed',
      gates: [{ name: 'from', kind: 'from' }, { name: 'ci' }, { name: 'stable' }, { name: 'approve' }],
    });
  });

  it('names all gates that stand in its way, failed ones first', () => {
    const { reason, message } = admit(governed, someMove({ gates: failing }), now);
    expect(reason).toBe('GateFailed');
    expect(message).toBe(
      '2 gates failed. from: v2: dev served it and rolled it back. ci: Check "ci" of 2026-11-25T11:00:00Z by ci@example.com failed. ' +
        '2 gates not passed yet. stable: dev does not serve v2 healthily now; 2h without interruption are required. approve: 0 of 1 approvals by release-approver.',
    );
  });

  it('waits and looks again when a gate could not be evaluated', () => {
    const evidence = { known: false as const, why: 'no answer' };
    expect(admit(governed, someMove({ gates: { evidence } }), now)).toMatchObject({
      reason: 'GatePending',
      again: now + 10_000,
    });
  });

  it('looks again at the earliest moment of its gates and freezes', () => {
    const sources = [aSource({ healthy: [{ since: now - hour, until: undefined }] })];
    const soaking = someMove({ gates: { ...approved, sources } });
    expect(admit(governed, soaking, now).again).toBe(now + hour);
    expect(admit(governed, { ...soaking, freezes: [aFreeze({ until: now + 60 })] }, now).again).toBe(
      now + 60,
    );
    expect(admit(governed, { ...soaking, freezes: [aFreeze({ from: now + 30 })] }, now).again).toBe(now + 30);
  });

  it('gives every reason in order, and the first to the condition', () => {
    const everything = someMove({
      gates: failing,
      freezes: [aFreeze()],
      veto: { release: 'v2', reason: 'loses orders', broken: undefined },
      shared: {
        environment: 'live',
        serving: { release: 'v1', digest: 'a'.repeat(40), fits: false },
      },
      move: {
        trust: { counts: false, why: 'it is not signed' },
        isAutomatic: true,
        hold: { reason: 'after the incident' },
        policyChange: { commit: 'c'.repeat(40), files: ['stk.yaml'] },
      },
    });
    expect(reasonsOf(governed, everything)).toEqual(['promotion', ...refusalReasons]);
    const { message, reason } = admit(governed, everything, now);
    expect(reason).toBe('Untrusted');
    for (const part of [
      'it is not signed',
      'loses orders',
      'holiday sales',
      'cccccccccccc moves',
      'after the incident',
    ])
      expect(message).toContain(part);
  });

  it('is held only when automation made it', () => {
    const hold = { reason: 'wait' };
    expect(reasonsOf(governed, someMove({ gates: approved, move: { hold } }))).toEqual([
      'promotion',
      'GatesPassed',
    ]);
    expect(reasonsOf(governed, someMove({ gates: approved, move: { hold, isAutomatic: true } }))).toEqual([
      'promotion',
      'Held',
    ]);
  });

  it('is refused beside a change of policy even when that took the last gate away', () => {
    const move = { policyChange: { commit: 'c'.repeat(40), files: ['stk.yaml'] } };
    expect(reasonsOf(open, someMove({ move }))).toEqual(['promotion', 'PolicyAndPointer']);
    expect(reasonsOf(open, someMove({ move, ran: ran({ isNamedBeforeGates: true }) }))).toEqual([
      'promotion',
      'NoGates',
    ]);
    expect(reasonsOf(open, someMove({ move, ran: ran({ memory: 'ran' }) }))).toEqual([
      'rollback',
      'RanBefore',
    ]);
  });
});

describe('a freeze', () => {
  const frozen = (freeze: Partial<Freeze>, move: Parameters<typeof someMove>[0] = {}) =>
    reasonsOf(governed, someMove({ gates: approved, freezes: [aFreeze(freeze)], ...move }))[1];

  it.each([
    [{}, 'Frozen'],
    [{ environments: ['prod', 'eu'] }, 'Frozen'],
    [{ environments: ['eu'] }, 'GatesPassed'],
    [{ environments: [] }, 'GatesPassed'],
    [{ until: now }, 'GatesPassed'],
    [{ until: now + 1 }, 'Frozen'],
    [{ from: now }, 'Frozen'],
    [{ from: now + 1 }, 'GatesPassed'],
    [{ broken: 'it is not YAML' }, 'Frozen'],
    [{ allowsHotfix: true }, 'Frozen'],
  ])('%j → %s', (freeze, expected) => {
    expect(frozen(freeze)).toBe(expected);
  });

  it('stops a move into an environment without gates too', () => {
    expect(reasonsOf(open, someMove({ freezes: [aFreeze()] }))).toEqual(['promotion', 'Frozen']);
  });

  it.each([
    ['GRACE@example.com', ['peak'], 'GatesPassed'],
    ['12+grace@example.com', ['other', 'peak'], 'GatesPassed'],
    ['grace@example.com', ['other'], 'Frozen'],
    ['ada@example.com', ['peak'], 'Frozen'],
  ])('is overridden by %s naming %j → %s', (by, freezes, expected) => {
    expect(frozen({}, { move: { override: { freezes, reason: 'outage', by } } })).toBe(expected);
  });

  it('says why an override does not count', () => {
    const override = { freezes: ['peak'], reason: 'x', by: 'ada@example.com' };
    const { message } = admit(
      governed,
      someMove({ gates: approved, freezes: [aFreeze()], move: { override } }),
      now,
    );
    expect(message).toBe(
      'Frozen by peak (holiday sales). The override by ada@example.com does not count: it needs one of these roles: incident-commander.',
    );
  });
});

describe('a hotfix', () => {
  const commit = 'c0ffee1';
  const move = { hotfix: { reason: 'outage', approvers: [], commit } };
  const two = [
    anApproval('ada@example.com', { hotfix: commit }),
    anApproval('bob@example.com', { hotfix: commit }),
  ];
  const fixed = (...records: Parameters<typeof withRecords>) =>
    admit(
      governed,
      someMove({
        move,
        gates: { ...withRecords(...records), sources: [aSource({ presence: 'never', healthy: [] })] },
      }),
      now,
    );

  it('needs its own approvals and the checks, and skips the rest', () => {
    const admitted = fixed(aCheck(), ...two);
    expect(admitted).toMatchObject({ isAdmitted: true, class: 'hotfix', reason: 'HotfixApproved' });
    expect(admitted.gates.map(({ name, isNeeded, verdict }) => [name, isNeeded, verdict])).toEqual([
      ['hotfix approvals', true, 'pass'],
      ['from', false, 'pending'],
      ['ci', true, 'pass'],
      ['stable', false, 'pending'],
      ['approve', false, 'pending'],
    ]);
  });

  it.each([
    ['one approval', [aCheck(), ...two.slice(1)]],
    [
      'approvals for the normal path',
      [aCheck(), anApproval('ada@example.com'), anApproval('bob@example.com')],
    ],
    ['approvals for another hotfix', [aCheck(), ...two.map((one) => ({ ...one, hotfix: 'c0ffee2' }))]],
    [
      'two addresses of one person',
      [
        aCheck(),
        anApproval('grace@example.com', { hotfix: commit }),
        anApproval('12+grace@example.com', { hotfix: commit }),
      ],
    ],
    ['no check', two],
  ])('waits with %s', (_, records) => {
    expect(fixed(...records)).toMatchObject({ isAdmitted: false, reason: 'GatePending' });
  });

  it('does not count its author as the second', () => {
    const gates = { ...withRecords(aCheck(), ...two), moveAuthors: ['bob@example.com'] };
    expect(admit(governed, someMove({ move, gates }), now).reason).toBe('GatePending');
  });

  it('lends its approvals to no normal move', () => {
    const { gates } = admit(governed, someMove({ gates: withRecords(aCheck(), ...two) }), now);
    expect(gates.find(({ name }) => name === 'approve')?.verdict).toBe('pending');
  });

  it('takes kinds back in that stk.yaml keeps', () => {
    const keeping = aPolicy('from: dev\ngates: { ci: { check: ci } }', `${people}hotfix: { keep: [from] }\n`);
    const gates = { ...withRecords(aCheck(), ...two), sources: [aSource({ presence: 'never' })] };
    expect(admit(keeping, someMove({ move, gates }), now).reason).toBe('GatePending');
  });

  it('passes a freeze that allows it, and no other; a veto stops it', () => {
    const gates = withRecords(aCheck(), ...two);
    const verdict = (parts: Parameters<typeof someMove>[0]) =>
      admit(governed, someMove({ move, gates, ...parts }), now).reason;
    expect(verdict({ freezes: [aFreeze({ allowsHotfix: true })] })).toBe('HotfixApproved');
    expect(verdict({ freezes: [aFreeze()] })).toBe('Frozen');
    expect(verdict({ veto: { release: 'v2', reason: 'x', broken: undefined } })).toBe('Vetoed');
  });

  it('leaves debt, which the missing evidence closes', () => {
    const skipped = findSkipped(fixed(aCheck(), ...two).gates);
    expect(skipped).toEqual(['from', 'stable', 'approve']);
    const debtAt = (later: number, gates: Partial<GateFacts>, policy = governed) =>
      computeDebt({
        skipped,
        gates: admit(policy, someMove({ move, gates }), later).gates,
        since: now,
        closeWithin: day,
        now: later,
      });
    const nothing = { sources: [aSource({ presence: 'never', healthy: [] })] };
    const due = now + day;
    expect(debtAt(due, nothing)).toEqual(skipped.map((gate) => ({ gate, since: now, due, overdue: false })));
    expect(debtAt(due + 1, nothing).every(({ overdue }) => overdue)).toBe(true);
    expect(debtAt(due, {}).map(({ gate }) => gate)).toEqual(['approve']);
    expect(debtAt(due, approved)).toEqual([]);
    expect(debtAt(due, nothing, aPolicy('from: dev')).map(({ gate }) => gate)).toEqual(['from']);
  });
});

describe('any move', () => {
  const ranState = fc.constantFrom<RanState>('ran', 'undone', 'unknown');
  const freeze = fc.record({
    until: fc.constantFrom(undefined, now - 1, now + 1),
    broken: fc.constantFrom(undefined, 'no YAML'),
    environments: fc.constantFrom(undefined, ['prod'], ['eu']),
    allowsHotfix: fc.boolean(),
  });
  const facts = fc
    .record({
      ran: fc.record({ events: ranState, memory: ranState, isNamedBeforeGates: fc.boolean() }),
      freezes: fc.array(freeze.map(aFreeze), { maxLength: 2 }),
      veto: fc.constantFrom(undefined, { release: 'v2', reason: 'no', broken: undefined }),
      move: fc.record({
        trust: fc.constantFrom({ counts: true as const }, { counts: false as const, why: 'unsigned' }),
        isAutomatic: fc.boolean(),
        hold: fc.constantFrom(undefined, { reason: 'wait' }),
        hotfix: fc.constantFrom(undefined, { reason: 'outage', approvers: [], commit: 'c0ffee1' }),
        policyChange: fc.constantFrom(undefined, { commit: 'c'.repeat(40), files: ['stk.yaml'] }),
      }),
      gates: fc.constantFrom<Partial<GateFacts>>(
        approved,
        failing,
        {},
        { evidence: { known: false, why: 'away' } },
      ),
      serving: fc.constantFrom(undefined, { release: 'v1', digest: 'a' }, { release: 'v2', digest: 'other' }),
    })
    .map((parts) => someMove(parts));
  const policies = fc.constantFrom(
    governed,
    open,
    aPolicy('from: dev'),
    aPolicy('gates: { ci: { check: ci } }'),
  );
  const isStopped = ({ veto, move }: AdmissionFacts) => veto !== undefined || !move.trust.counts;

  it('that ran here before is stopped by a veto and by trust alone', () => {
    fc.assert(
      fc.property(policies, facts, (policy, some) => {
        const known = some.ran.events === 'ran' || some.ran.memory === 'ran';
        fc.pre(known);
        const { isAdmitted, class: what, gates } = admit(policy, some, now);
        expect([isAdmitted, what, gates]).toEqual([!isStopped(some), 'rollback', []]);
      }),
    );
  });

  it('that goes forward is admitted only when nothing stands against it', () => {
    fc.assert(
      fc.property(policies, facts, (policy, some) => {
        const { isAdmitted, move, gates } = admit(policy, some, now);
        fc.pre(isAdmitted && move !== 'rollback');
        expect(isStopped(some)).toBe(false);
        expect(gates.every(({ isNeeded, verdict }) => !isNeeded || verdict === 'pass')).toBe(true);
        if (move === 'promotion') {
          expect(gates.map(({ name }) => name)).toEqual(policy.gates.map(({ name }) => name));
          const stopping = some.freezes.filter(
            ({ environments, until = Infinity }) => environments?.[0] !== 'eu' && until > now,
          );
          expect(stopping).toEqual([]);
        } else expect(gates[0]).toMatchObject({ name: 'hotfix approvals', verdict: 'pass' });
      }),
      { numRuns: 1000 },
    );
  });

  it('names a first reason that is the first of all, and a moment that is to come', () => {
    fc.assert(
      fc.property(policies, facts, (policy, some) => {
        const { isAdmitted, reason, refusals, again = now + 1 } = admit(policy, some, now);
        const order = refusals.map((one) => refusalReasons.indexOf(one.reason));
        expect(order).toEqual(order.toSorted((a, b) => a - b));
        expect(isAdmitted).toBe(refusals.length === 0);
        if (!isAdmitted) expect(reason).toBe(refusals[0]?.reason);
        expect(again).toBeGreaterThan(now);
      }),
    );
  });
});

describe('a move of a canary', () => {
  const policy = { ...aPolicy('from: dev\ngates: { ci: { check: ci } }'), of: 'production' };
  const serving = { release: 'v1', digest: 'a'.repeat(40), fits: true };
  const shared = { environment: 'production', serving };
  const back = { release: 'v1', digest: 'a'.repeat(40) };
  const everything = {
    desired: back,
    serving: { release: 'v2', digest },
    shared,
    veto: { release: 'v1', reason: 'broken', broken: undefined },
    freezes: [aFreeze({ environments: ['production'] })],
    move: { trust: { counts: false as const, why: 'unsigned' } },
  };

  it('to what production serves is always admitted', () => {
    const admission = admit(policy, someMove(everything), now);
    expect(admission).toMatchObject({ isAdmitted: true, class: 'rollback', reason: 'ServedBeside' });
  });

  it('to what ran there before is a promotion', () => {
    const ran = { events: 'ran' as const, memory: 'ran' as const, isNamedBeforeGates: true };
    expect(admit(policy, someMove({ shared, ran }), now)).toMatchObject({
      move: 'promotion',
      reason: 'GatePending',
    });
  });

  it('waits while production is frozen, or does not fit its database', () => {
    const freezes = [aFreeze({ environments: ['production'] })];
    expect(admit(policy, someMove({ shared, freezes }), now).reason).toBe('Frozen');
    const drifted = { environment: 'production', serving: { ...serving, fits: false } };
    const admission = admit(policy, someMove({ shared: drifted }), now);
    expect(admission.refusals.map(({ reason }) => reason)).toContain('CanaryNeedsStable');
  });
});
