// The README's tour, run as it stands: every sh block on a copy of this repository, its output against the text block
// that follows, where `…` stands for what differs from run to run. Only the port is another one.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gitTestEnvironment, runGit } from '../support/git-repo.ts';
import { startHubProcess, type HubProcess } from '../support/hub-process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = await readFile(join(root, 'README.md'), 'utf8');
const tour = readme.slice(readme.indexOf('## A tour'), readme.indexOf('## Your own'));
const steps = [...tour.matchAll(/```sh\n(.*?)```\n```text\n(.*?)```/gs)].map(([, commands, expected]) => ({
  commands: commands ?? '',
  expected: (expected ?? '').split('\n').filter((line) => line.trim() !== ''),
}));

/** A line of the README as a pattern; runs of blanks match runs of blanks. */
function toPattern(line: string): RegExp {
  const parts = line.trim().split('…').map(escapePattern);
  return new RegExp(parts.join('.*').replace(/ +/g, '\\s+'));
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

describe("the README's tour", () => {
  let folder: string;
  let hub: HubProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stk-test-tour-'));
    const clone = join(folder, 'shop');
    for (const [where, ...args] of [
      [root, 'clone', '--quiet', root, clone],
      [clone, 'checkout', '--quiet', '-B', 'main'],
      [clone, 'config', 'user.name', 'Test Operator'],
      [clone, 'config', 'user.email', 'operator@example.com'],
    ] as const) {
      expect(await runGit(where, args)).toMatchObject({ exitCode: 0 });
    }
    await cp(join(root, 'dist'), join(clone, 'dist'), { recursive: true });
    await symlink(join(root, 'node_modules'), join(clone, 'node_modules'));
    hub = await startHubProcess({ repo: clone, cwd: clone });
  }, 120_000);

  afterAll(async () => {
    await hub.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('has steps to run', () => {
    expect(steps.length).toBeGreaterThanOrEqual(7);
    expect([...tour.matchAll(/```sh\n/g)]).toHaveLength(steps.length);
  });

  it.each(steps)('prints what the README says: $commands', async ({ commands, expected }) => {
    const env = { ...process.env, ...gitTestEnvironment, STK_HUB: hub.url };
    const script = commands.replaceAll('http://127.0.0.1:8080', hub.url);
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', `exec 2>&1\n${script}`], {
      cwd: join(folder, 'shop'),
      env,
    });
    const printed = stdout + stderr;
    for (const line of expected) expect(printed).toMatch(toPattern(line));
  });
});
