// The scripts of examples/ci, run as a CI runs them: over a clone of the shop, which is application and config repo in one.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openServedClone, projectRoot, type ServedClone } from '../support/hub/served-clone.ts';

const scripts = join(projectRoot, 'examples/ci');
let clone: ServedClone;
beforeAll(async () => {
  clone = await openServedClone();
  // Nothing is pushed to the repository that it was cloned from.
  await clone.git('remote', 'remove', 'origin');
  await clone.git('branch', 'base');
});
afterAll(() => clone?.close());

/** Rejects with what the script printed. */
const run = (script: string): Promise<string> =>
  clone.run(script).catch((thrown: { readonly stdout?: string }) => {
    throw new Error(thrown.stdout ?? 'it was not run', { cause: thrown });
  });

it('checks a pull request: lint, then the databases', async () => {
  await clone.git('checkout', '--quiet', '-b', 'pull');
  await run('printf "release: v2.1.0\\n" > environments/dev.yaml && git commit -qam "dev to v2.1.0"');
  const said = await run(`STK=stk ${scripts}/check-pull-request.sh base`);
  expect(said).toMatch(/### stk release check: nothing refused[^]*\| dev \| [^|]*v2\.1\.0 \| ✅ fits/);
  await run('printf "release: v99\\n" > environments/dev.yaml && git commit -qam "dev to v99"');
  await expect(run(`STK=stk ${scripts}/check-pull-request.sh base`)).rejects.toThrow(/v99/);
});

it('makes a release of a push, and ignores the commit that moved dev', async () => {
  await clone.git('checkout', '--quiet', 'main');
  const release = `STK=stk TEST_COMMAND='echo tested' ${scripts}/release.sh`;
  await run('echo "# a change" >> examples/shop-app/release.yaml && git commit -qam "feat: a change"');
  const first = await run(`${release} v9.0.0 examples/shop-app .`);
  expect(first).toMatch(/tested[^]*cut v9\.0\.0/);
  expect(await clone.git('show', 'main:environments/dev.yaml')).toContain('release: v9.0.0');
  expect(await clone.git('ls-tree', '-r', '--name-only', 'stk-records')).toMatch(/v9\.0\.0\/check\//);
  const again = await run(`${release} v9.0.1 examples/shop-app .`);
  expect(again).toContain('nothing to release');
});

it.each([
  'github/config-repo.yml',
  'gitlab/config-repo.yml',
  'github/application.yml',
  'gitlab/application.yml',
])('%s runs one of the scripts', async (file) => {
  const text = await readFile(join(scripts, file), 'utf8');
  expect(text).toContain(file.includes('application') ? 'ci/release.sh' : 'ci/check-pull-request.sh');
});
