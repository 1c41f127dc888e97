// The channels under examples/: their script walks them to the end, their settings are those that the README names, and
// Prometheus takes their alerts.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseProject } from '../../src/documents/project/parse-project.ts';
import { gateKinds } from '../../src/gates/gate-kinds.ts';
import { gitTestEnvironment, runGit } from '../support/git/git-repo.ts';
import { projectRoot } from '../support/hub/served-clone.ts';

const example = join(projectRoot, 'examples/channels');
let folder: string;
let walked: { readonly code: number | null; readonly output: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stk-test-channels-'));
  const child = spawn(join(example, 'walk.sh'), [folder], {
    env: { ...process.env, ...gitTestEnvironment, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const timer = setTimeout(() => child.kill('SIGTERM'), 600_000);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearTimeout(timer);
  walked = { code, output: Buffer.concat(output).toString() };
}, 620_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

it('walks to the end', () => {
  // The output says at which step the walk ended.
  if (walked.code !== 0) throw new Error(`exit code ${walked.code}\n${walked.output}`);
  expect(walked.output).toMatch(/== The walk is complete\n$/);
});

it('leaves the better model in stable, by commits of the Hub, and the worse one nowhere', async () => {
  const log = async (environment: string): Promise<string> => {
    const { exitCode, stdout, stderr } = await runGit(folder, [
      'log',
      '--format=%s %(trailers:key=Stk-Actor,valueonly,separator=%x2C)',
      'main',
      '--',
      `environments/${environment}.yaml`,
    ]);
    if (exitCode !== 0) throw new Error(stderr);
    return stdout;
  };
  expect((await log('next')).split('\n').slice(1, 3)).toEqual([
    'promote(next): v1.1.0 -> v1.2.0 hub/auto',
    'promote(next): v1.0.0 -> v1.1.0 hub/auto',
  ]);
  expect((await log('stable')).split('\n')[0]).toBe('promote(stable): v1.0.0 -> v1.1.0 hub/auto');
  expect((await log('stable')).includes('v1.2.0')).toBe(false);
  // What stable took was proposed, and a person merged it.
  expect((await log('legacy')).split('\n')[0]).toBe('promote(legacy): v1.0.0 -> v1.1.0 hub/backport');
});

it('promotes hourly after a healthy day, and has alerts that Prometheus takes', async () => {
  const parsed = parseProject(await readFile(join(example, 'stk.yaml'), 'utf8'), {
    file: 'stk.yaml',
    gateKinds,
  });
  const stable = parsed.ok ? parsed.value.pipeline.environments.get('stable') : undefined;
  expect(stable?.auto?.schedule).toMatchObject({ cron: '0 * * * *' });
  expect(stable?.gates.find(({ kind }) => kind === 'healthy')?.settings).toMatchObject({
    healthy: { for: '24h', ready: '99.9%' },
  });
  const { stdout } = await promisify(execFile)('promtool', ['check', 'rules', join(example, 'alerts.yml')]);
  expect(stdout).toContain('4 rules found');
});
