// The pipeline under examples/: its script walks it to the end, and git holds what a reader of the example is promised.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitTestEnvironment, runGit } from '../support/git/git-repo.ts';
import { projectRoot } from '../support/hub/served-clone.ts';

let folder: string;
let walked: { readonly code: number | null; readonly output: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stk-test-walk-'));
  const child = spawn(join(projectRoot, 'examples/pipeline/walk.sh'), [folder], {
    env: { ...process.env, ...gitTestEnvironment, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const timer = setTimeout(() => child.kill('SIGTERM'), 240_000);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  clearTimeout(timer);
  walked = { code, output: Buffer.concat(output).toString() };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const git = async (...args: readonly string[]): Promise<string> => {
  const { exitCode, stdout, stderr } = await runGit(folder, args);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
};

it('walks to the end and stops its Hub', () => {
  // The output says at which step the walk ended.
  if (walked.code !== 0) throw new Error(`exit code ${walked.code}\n${walked.output}`);
  expect(walked.output).toMatch(/sound: \d+ records[^]*== The walk is complete\n$/);
});

it('leaves the pointers, the approvals and the events in git', async () => {
  expect(await git('show', 'main:environments/canary.yaml')).toContain('release: v1.2.3');
  expect(await git('show', 'main:environments/production.yaml')).toMatch(/release: v1\.2\.4\n(?![^]*hold)/);
  const records = await git('ls-tree', '-r', '--name-only', 'stk-records');
  const count = (pattern: RegExp): number => records.split('\n').filter((path) => pattern.test(path)).length;
  expect(count(/v1\.2\.3\/check\//)).toBe(5);
  expect(count(/v1\.2\.3\/approval\//)).toBe(2);
  expect(count(/v1\.2\.4\/approval\//)).toBe(2);
  expect(count(/\/event\//)).toBeGreaterThan(10);
});

it('collects the evidence of a release, its approvers by name', async () => {
  const approvals = await readFile(join(folder, 'evidence/approval.json'), 'utf8');
  expect(approvals).toContain('rev@example.com');
  expect(approvals).toContain('ada@example.com');
  const log = await readFile(join(folder, 'evidence/promotion.log'), 'utf8');
  const actions = log
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { action: string }).action);
  expect(actions).toEqual(
    expect.arrayContaining(['promote', 'check', 'wait', 'approve', 'admit', 'activate']),
  );
});
