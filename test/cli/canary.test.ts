// `stk canary` against a Hub whose canary runs under real calls: what it shows, what a person may ask, and the replay.
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aPointer } from '../support/documents/release.ts';
import type { CliServices } from '../../src/cli/services.ts';
import { captured, runStk, type StkRun } from '../support/hub/run-stk.ts';
import { createCanaryRig, quick, type CanaryRig } from '../support/reconciler/canary-rig.ts';
import { closeRigCompiler, removeRigs } from '../support/reconciler/reconciler-rig.ts';
import { dropRigDatabases } from '../support/reconciler/rig-databases.ts';

let canary: CanaryRig;
const ada = ['--author', 'Ada <ada@example.com>'];

beforeEach(async () => {
  canary = await createCanaryRig({
    analysis: { ...quick, minimum: '20s', maximum: '40s', override: ['release-approver'] },
    production: { auto: { when: 'gates' } },
    project: { people: { 'release-approver': ['ada@example.com'] } },
  });
});
afterEach(async () => {
  await canary.stop();
  await removeRigs();
});
afterAll(closeRigCompiler);
afterAll(dropRigDatabases);

function stk(...argv: readonly string[]): Promise<StkRun> {
  return stkWith({}, ...argv);
}

function stkWith(services: Partial<CliServices>, ...argv: readonly string[]): Promise<StkRun> {
  const variables = { STK_HUB: canary.url() };
  return runStk({ directory: canary.rig.repo.directory, variables, services }, ...argv);
}

/** The Hub sends what it tells as its clock goes on. */
async function letEventsPass<T>(until: Promise<T>): Promise<T> {
  const work = { isOver: false };
  const waiting = until.finally(() => (work.isOver = true));
  while (!work.isOver) {
    canary.clock.advance(20);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return waiting;
}

const why = ['--env', 'canary', '--reason', 'the logs look fine'];

describe('stk canary', () => {
  it('shows a canary, pauses, resumes and replays it, and a person decides an undecided one', async () => {
    expect((await stk('canary', 'status')).stdout).toBe('canary (canary of prod): No canary runs.\n');
    expect(await stk('canary', 'pause', ...why)).toMatchObject({ exitCode: 3 });
    await canary.rig.land('canary: r3', { 'environments/canary.yaml': aPointer('r3') });
    await canary.load(60);
    await canary.look();
    const shown = await stk('canary', 'status', '--env', 'canary');
    expect(shown.stdout).toContain('canary (canary of prod): r3 beside r2, 50 % of the calls');
    expect(shown.stdout).toMatch(/errors +INCONCLUSIVE +rollback +Canary: 0 of \d+ calls failed/);
    expect((await stk('canary', 'status', '--json')).json).toMatchObject({
      canaries: [{ environment: 'canary', state: 'running', release: 'r3', stable: 'r2', weight: 50 }],
    });
    expect((await stk('canary', 'status', '--env', 'prod')).exitCode).toBe(4);
    const told = captured();
    const watching = stkWith({ stderr: told.stream }, 'canary', 'status', '--watch', '--json');
    while (!/^running/m.test(told.text())) {
      // The Hub sends what it tells as its clock goes on.
      canary.clock.advance(5);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect((await stk('canary', 'pause', ...why)).stdout).toContain('paused');
    expect((await canary.look()).state).toBe('paused');
    expect((await stk('canary', 'resume', ...why)).exitCode).toBe(0);
    expect(await stk('canary', 'promote', ...why, ...ada)).toMatchObject({ exitCode: 3 });

    for (let n = 0; n < 6 && canary.status().state !== 'undecided'; n += 1) {
      await canary.load(40);
      await canary.look();
    }
    const { id, state } = canary.status();
    expect(state).toBe('undecided');
    const watched = await letEventsPass(watching);
    expect(watched).toMatchObject({ exitCode: 0, json: { canaries: [{ state: 'undecided' }] } });
    expect(told.text()).toMatch(/^running[^]*^paused[^]*^running/m);
    const replayed = await stk('canary', 'replay', id ?? '', '--state', canary.rig.stateDirectory, '--json');
    expect(replayed).toMatchObject({ exitCode: 0, json: { equal: true, release: 'r3', stable: 'r2' } });
    const file = join(canary.rig.stateDirectory, 'other.yaml');
    const text = await canary.rig.repo.git('show', 'main:stk.yaml');
    await writeFile(file, text.replace('maximum: 40s', 'maximum: 10m'));
    const other = await stk(
      'canary',
      'replay',
      id ?? '',
      '--state',
      canary.rig.stateDirectory,
      '--policy',
      file,
    );
    expect(other.stdout).not.toContain('undecided');
    expect((await stk('canary', 'replay', 'canary-1', '--state', canary.rig.stateDirectory)).exitCode).toBe(
      4,
    );

    const stranger = await stk('canary', 'promote', ...why, '--author', 'Eve <eve@example.com>');
    expect(stranger).toMatchObject({ exitCode: 3 });
    expect(stranger.stderr).toContain('release-approver');
    const promoted = await stk('canary', 'promote', ...why, ...ada, '--json');
    expect(promoted).toMatchObject({
      exitCode: 0,
      json: { record: { gate: 'analysis', environment: 'prod' } },
    });
    // The Hub promotes by itself now.
    canary.clock.advance(1_000);
    await canary.rig.until(() => canary.rig.served('prod') === 'r3');
    expect(await canary.newest()).toContain('Stk-Actor: hub/auto');
    const late = await stk('canary', 'abort', ...why);
    expect(late).toMatchObject({ exitCode: 3 });
  });
});
