// `stk status --watch` and `release gates --watch` against a running Hub: they show what changes without asking for it.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { realClock } from '../support/clock.ts';
import { aPointer } from '../support/documents/release.ts';
import { poll } from '../support/hub/hub-process.ts';
import { captured, runStk } from '../support/hub/run-stk.ts';
import { serveRepo, type ServedRepo } from '../support/hub/served-repo.ts';

let served: ServedRepo;
beforeAll(async () => {
  served = await serveRepo({ options: { clock: realClock } });
});
afterAll(() => served.close());

interface Watching {
  /** Resolves when what was printed so far matches. */
  until(pattern: RegExp): Promise<string>;
  stop(): Promise<number>;
}

function watch(isTTY: boolean, ...argv: readonly string[]): Watching {
  const stdout = captured(isTTY);
  const interruption = new AbortController();
  const run = runStk(
    {
      directory: served.repo.directory,
      variables: { STK_HUB: served.hub.url },
      services: { stdout: stdout.stream, interrupted: interruption.signal },
    },
    ...argv,
  );
  return {
    async until(pattern) {
      await poll(60_000, () => (pattern.test(stdout.text()) ? true : undefined));
      expect(stdout.text()).toMatch(pattern);
      return stdout.text();
    },
    async stop() {
      interruption.abort();
      return (await run).exitCode;
    },
  };
}

it('prints a line for each change where there is no terminal, and as JSON', async () => {
  const lines = watch(false, 'status', '--watch');
  const json = watch(false, 'status', '--watch', '--env', 'prod', '--json');
  await lines.until(/^prod {2}v1\.0\.0 {2}v1\.0\.0 .*ready$/m);
  await json.until(/"environment":"prod".*"release":"v1\.0\.0"/);
  await served.land('promote(prod)', { 'environments/prod.yaml': aPointer('v1.1.0') });
  await lines.until(/^prod {2}v1\.1\.0 {2}v1\.1\.0 .*ready$/m);
  const text = await json.until(/"serving":\{"release":"v1\.1\.0"/);
  for (const line of text.trim().split('\n'))
    expect(JSON.parse(line)).toMatchObject({ project: 'shop', environment: 'prod' });
  expect(await Promise.all([lines.stop(), json.stop()])).toEqual([0, 0]);
});

it('redraws the table in place on a terminal', async () => {
  const screen = watch(true, 'status', '--watch');
  await screen.until(/dev +v1\.1\.0 +v1\.1\.0/);
  await served.land('promote(dev)', { 'environments/dev.yaml': aPointer('v1.2.0') });
  const text = await screen.until(/dev +v1\.2\.0 +v1\.2\.0/);
  // Up over what was written before, then everything below is cleared.
  const [before = '', up] = text.split('\u001B[0J')[0]?.split(/\u001B\[(\d+)A$/) ?? [];
  expect(Number(up)).toBe(before.split('\n').length - 1);
  expect(await screen.stop()).toBe(0);
});

it('refuses --watch with what ends by itself', async () => {
  const run = await runStk(
    { directory: served.repo.directory, variables: { STK_HUB: served.hub.url } },
    'status',
    '--watch',
    '--wait',
  );
  expect([run.exitCode, run.stderr]).toEqual([2, expect.stringContaining('--watch')]);
});
