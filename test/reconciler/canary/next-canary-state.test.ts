// The rules of a canary's life, on facts alone.
import { describe, expect, it } from '@jest/globals';
import type { GateReport, LookReport } from '../../../src/analysis/look.ts';
import type { CanaryState } from '../../../src/reconciler/canary/canary-state.ts';
import {
  isShareOn,
  nextCanaryState,
  type CanaryEvent,
  type CanaryFacts,
  type CanaryPointer,
} from '../../../src/reconciler/canary/next-canary-state.ts';

const none: CanaryState = { kind: 'none', ended: undefined };
const content = (release: string) => ({ release, digest: `digest of ${release}` });
const pointer = (release: string, parts: Partial<CanaryPointer> = {}): CanaryPointer => ({
  revision: `commit of ${release}`,
  blob: `blob of ${release}`,
  content: content(release),
  isNewer: true,
  isReturn: false,
  ...parts,
});
const facts = (parts: Partial<CanaryFacts> = {}): CanaryFacts => ({
  environment: 'canary',
  of: 'production',
  now: 1000,
  state: none,
  stable: content('r2'),
  pointer: pointer('r3'),
  blocked: undefined,
  drift: undefined,
  isLeader: true,
  steps: [],
  ...parts,
});
const observed: CanaryEvent = { kind: 'observed' };
const running = nextCanaryState(facts(), observed).state;

const report = (parts: Partial<LookReport> = {}): LookReport => ({
  at: 2000,
  state: 'running',
  verdict: 'INCONCLUSIVE',
  sentence: 'There is not enough evidence yet.',
  decision: { do: 'go-on' },
  noDataMs: 0,
  gates: [],
  ...parts,
});
const looked = (parts: Partial<LookReport>): CanaryEvent => ({ kind: 'looked', report: report(parts) });
const words = (parts: Partial<CanaryFacts>, event: CanaryEvent): readonly string[] =>
  nextCanaryState(facts(parts), event).told.map((told) => told.event);

describe('a canary begins', () => {
  it('with a pointer commit to a release that production does not serve', () => {
    expect(running).toMatchObject({
      kind: 'running',
      canary: { content: content('r3'), stable: content('r2') },
    });
    expect(words({}, observed)).toEqual(['canary-started']);
  });

  it.each<[string, Partial<CanaryFacts>]>([
    ['to what production serves', { pointer: pointer('r2') }],
    ['while production has never served', { stable: null }],
    ['that is older than the one production serves', { pointer: pointer('r3', { isNewer: false }) }],
    ['while a freeze stops it', { blocked: 'production is frozen' }],
    ['while the stable release does not fit', { drift: 'a column is missing' }],
    ['that names nothing that can be served', { pointer: null }],
  ])('never with a pointer commit %s', (_, parts) => {
    expect(nextCanaryState(facts(parts), observed)).toEqual({ state: none, told: [] });
  });

  it('once for each pointer commit', () => {
    const ended = { revision: 'commit of r3', content: content('r3'), outcome: 'failed' } as const;
    expect(words({ state: { kind: 'none', ended } }, observed)).toEqual([]);
    expect(
      words({ state: { kind: 'none', ended }, pointer: pointer('r3', { revision: 'again' }) }, observed),
    ).toEqual(['canary-started']);
  });
});

describe('the share is on', () => {
  it('while production serves what it served at the start, and never else', () => {
    expect(isShareOn(facts({ state: running }))).toBe(true);
    expect(isShareOn(facts({ state: running, stable: content('r1') }))).toBe(false);
    expect(isShareOn(facts({ state: running, stable: content('r3') }))).toBe(false);
    expect(isShareOn(facts({ state: running, stable: null }))).toBe(false);
    expect(isShareOn(facts({ state: running, pointer: pointer('r4') }))).toBe(false);
    expect(isShareOn(facts({ state: running, pointer: pointer('r3', { isNewer: false }) }))).toBe(false);
    expect(isShareOn(facts())).toBe(false);
  });
});

describe('production moves while a canary runs', () => {
  it('ends it as passed when production serves the canary: no event, no commit', () => {
    const next = nextCanaryState(facts({ state: running, stable: content('r3') }), observed);
    expect(next).toMatchObject({ state: { kind: 'none', ended: { outcome: 'passed' } }, told: [] });
  });

  it.each(['r1', 'r2-hotfix'])('returns to the stable release when production serves %s', (release) => {
    const next = nextCanaryState(facts({ state: running, stable: content(release) }), observed);
    expect(next.state).toMatchObject({ kind: 'returning', decision: { cause: 'production-moved' } });
    expect(next.told).toMatchObject([{ event: 'canary-aborted', reason: 'production-moved' }]);
    // It stays so until the pointer names something else.
    expect(nextCanaryState(facts({ state: next.state, stable: content(release) }), observed).told).toEqual(
      [],
    );
    const back = facts({ state: next.state, stable: content(release), pointer: pointer(release) });
    expect(nextCanaryState(back, observed).state).toMatchObject({
      kind: 'none',
      ended: { outcome: 'aborted' },
    });
  });
});

describe('a Hub that has just started and serves nothing yet', () => {
  it('leaves the canary as it was, without calls', () => {
    const next = nextCanaryState(facts({ state: running, stable: null, pointer: null }), observed);
    expect(next).toEqual({ state: running, told: [] });
    expect(isShareOn(facts({ state: running, stable: null }))).toBe(false);
  });
});

describe('the pointer moves while a canary runs', () => {
  it('begins the canary of the newer commit', () => {
    const next = nextCanaryState(facts({ state: running, pointer: pointer('r4') }), observed);
    expect(next.state).toMatchObject({ kind: 'running', canary: { content: content('r4'), step: 0 } });
    expect(next.told.map(({ event, canary, reason }) => [event, canary.content.release, reason])).toEqual([
      ['canary-aborted', 'r3', 'superseded'],
      ['canary-started', 'r4', undefined],
    ]);
  });

  it('ends with the move of a person back to the stable release', () => {
    expect(words({ state: running, pointer: pointer('r2') }, observed)).toEqual(['canary-aborted']);
  });

  it('tells nothing twice when another Hub returned it', () => {
    expect(words({ state: running, pointer: pointer('r2', { isReturn: true }) }, observed)).toEqual([]);
  });
});

describe('a look', () => {
  const failing = looked({ decision: { do: 'roll-back', gate: 'errors' }, state: 'failed', verdict: 'FAIL' });

  it('of a Hub without the lock follows the steps that the other one told', () => {
    const follow = (at: number, state = running) =>
      nextCanaryState(facts({ state, isLeader: false, steps: [{ step: 1, at }] }), observed);
    expect(follow(5_000)).toMatchObject({ state: { canary: { step: 1 } }, told: [] });
    // Other settings began meanwhile: the step was one of theirs before.
    const canary = running.kind === 'running' ? { ...running.canary, stepsSince: 6_000 } : undefined;
    const anew = { ...running, canary } as CanaryState;
    expect(follow(5_000, anew).state).toMatchObject({ canary: { step: 0 } });
    expect(follow(7_000, anew).state).toMatchObject({ canary: { step: 1 } });
  });

  it('that finds too few calls tells it, and once more after 15 minutes', () => {
    const verdictOf = (state: CanaryState, noDataMs: number) =>
      nextCanaryState(facts({ state }), looked({ verdict: 'NO_DATA', noDataMs }));
    const first = verdictOf(running, 300_000);
    expect(first.told).toMatchObject([{ event: 'canary-verdict', reason: 'NO_DATA' }]);
    const later = verdictOf(first.state, 890_000);
    expect(later.told).toEqual([]);
    const long = verdictOf(later.state, 900_000);
    expect(long.told).toMatchObject([{ event: 'canary-verdict', reason: 'NO_DATA-15m' }]);
    expect(verdictOf(long.state, 910_000).told).toEqual([]);
  });

  it('that fails returns the canary, with the gate', () => {
    const next = nextCanaryState(facts({ state: running }), failing);
    expect(next.state).toMatchObject({ kind: 'returning', decision: { cause: 'failed', gate: 'errors' } });
    expect(next.told).toMatchObject([{ event: 'canary-failed', since: undefined, reason: 'errors' }]);
    expect(isShareOn(facts({ state: next.state }))).toBe(false);
  });

  it('returns it under a freeze too', () => {
    expect(words({ state: running, blocked: 'frozen' }, failing)).toEqual(['canary-failed']);
  });

  it('without data at the end returns it, and proves nothing against it', () => {
    const event = looked({ decision: { do: 'roll-back', gate: null }, verdict: 'NO_DATA' });
    expect(nextCanaryState(facts({ state: running }), event)).toMatchObject({
      state: { kind: 'returning', decision: { cause: 'no-data', gate: undefined } },
      told: [{ event: 'canary-aborted' }],
    });
  });

  it('without data in a Hub that does not act ends nothing: the one that acts may get all calls', () => {
    const event = looked({ decision: { do: 'roll-back', gate: null }, state: 'failed', verdict: 'NO_DATA' });
    const next = nextCanaryState(facts({ state: running, isLeader: false }), event);
    expect(next.state).toMatchObject({ kind: 'running', phase: 'running', verdict: 'NO_DATA' });
    expect(next.told.map((told) => told.event)).toEqual(['canary-verdict']);
    expect(words({ state: next.state }, event)).toEqual(['canary-aborted']);
    // A gate that fails is another matter.
    expect(words({ state: next.state, isLeader: false }, failing)).toEqual(['canary-failed']);
  });

  it('passes it once; a later failure takes the pass back', () => {
    const pass = looked({ decision: { do: 'pass' }, state: 'passed', verdict: 'PASS' });
    const passed = nextCanaryState(facts({ state: running }), pass);
    // Without a time: another Hub that comes to act tells the same.
    expect(passed.told).toMatchObject([{ event: 'canary-passed', since: undefined }]);
    expect(words({ state: passed.state }, pass)).toEqual([]);
    expect(words({ state: passed.state }, looked({}))).toEqual([]);
    expect(words({ state: passed.state }, failing)).toEqual(['canary-failed']);
  });

  it('passes it only where this Hub leads', () => {
    const pass = looked({ decision: { do: 'pass' }, state: 'passed', verdict: 'PASS' });
    const words = nextCanaryState(facts({ state: running, isLeader: false }), pass).told.map(
      (one) => one.event,
    );
    expect(words).not.toContain('canary-passed');
  });

  it('pauses and resumes it, with one event each', () => {
    const pause = looked({ state: 'paused' });
    const paused = nextCanaryState(facts({ state: running }), pause);
    expect(paused.told.map(({ event }) => event)).toEqual(['canary-paused', 'canary-verdict']);
    expect(words({ state: paused.state }, pause)).toEqual([]);
    expect(words({ state: paused.state }, looked({}))).toEqual(['canary-resumed']);
  });

  it('tells a verdict when it is another one', () => {
    const first = nextCanaryState(facts({ state: running }), looked({}));
    expect(words({ state: first.state }, looked({}))).toEqual([]);
    expect(words({ state: first.state }, looked({ verdict: 'NO_DATA' }))).toEqual(['canary-verdict']);
    const undecided = looked({ state: 'undecided', decision: { do: 'undecided' } });
    expect(words({ state: first.state }, undecided)).toEqual(['canary-verdict']);
  });

  it('tells of a gate that only alerts, and of an objective that stable misses, each once', () => {
    const gate = (name: string, parts: Partial<GateReport> = {}): GateReport => ({
      name,
      verdict: 'INCONCLUSIVE',
      sentence: `${name} says.`,
      action: 'rollback',
      dryRun: false,
      isWeak: false,
      canary: null,
      stable: null,
      smallestEffect: null,
      ...parts,
    });
    const failing = { action: 'alert', verdict: 'FAIL' } as const;
    const score = gate('score', failing);
    const gates = [score, gate('dry', { ...failing, dryRun: true }), gate('errors')];
    const first = nextCanaryState(facts({ state: running }), looked({ gates }));
    expect(first.told).toMatchObject([
      { event: 'canary-verdict', reason: 'alert', sentence: 'Gate score: score says.' },
    ]);
    // What the verdict is by now comes with the next look, under another moment.
    const second = nextCanaryState(facts({ state: first.state }), looked({ gates }));
    expect(second.told).toMatchObject([{ event: 'canary-verdict', reason: 'INCONCLUSIVE' }]);
    const below = [score, gate('availability', { isBelowObjective: true })];
    const third = nextCanaryState(facts({ state: second.state }), looked({ gates: below }));
    expect(third.told.map(({ sentence }) => sentence)).toEqual(['Gate availability: availability says.']);
    expect(words({ state: third.state }, looked({ gates: below }))).toEqual([]);
  });

  it('takes the next step', () => {
    const next = nextCanaryState(facts({ state: running }), looked({ decision: { do: 'step' } }));
    expect(next.state).toMatchObject({ canary: { step: 1 } });
    expect(next.told.map(({ event }) => event)).toContain('canary-step');
  });
});

describe('a person', () => {
  const ask = (what: 'pause' | 'resume' | 'abort'): CanaryEvent => ({
    kind: 'asked',
    what,
    actor: 'ada@example.com',
    reason: 'the numbers look odd',
  });

  it('pauses, resumes and aborts', () => {
    const paused = nextCanaryState(facts({ state: running }), ask('pause'));
    expect(paused.told).toMatchObject([{ event: 'canary-paused', actor: 'ada@example.com' }]);
    expect(isShareOn(facts({ state: paused.state }))).toBe(true);
    expect(words({ state: paused.state }, ask('pause'))).toEqual([]);
    expect(words({ state: paused.state }, ask('resume'))).toEqual(['canary-resumed']);
    expect(words({ state: running }, ask('resume'))).toEqual([]);
    expect(nextCanaryState(facts({ state: paused.state }), ask('abort'))).toMatchObject({
      state: { kind: 'returning', decision: { cause: 'aborted', actor: 'ada@example.com' } },
      told: [{ event: 'canary-aborted' }],
    });
    expect(words({}, ask('abort'))).toEqual([]);
  });

  it('is told of drift of the stable release, which pauses the canary until it fits again', () => {
    const paused = nextCanaryState(facts({ state: running, drift: 'a column is missing' }), observed);
    expect(paused.state).toMatchObject({ phase: 'paused', held: { by: 'drift' } });
    expect(words({ state: paused.state, drift: 'a column is missing' }, observed)).toEqual([]);
    expect(words({ state: paused.state }, ask('resume'))).toEqual([]);
    expect(words({ state: paused.state }, observed)).toEqual(['canary-resumed']);
  });
});
