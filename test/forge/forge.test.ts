// The port to a forge against servers that answer in the documented shapes of GitHub and GitLab: pull requests by their branch,
// statuses, and what is said and retried when the forge fails.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { openForge } from '../../src/forge/open-forge.ts';
import type { Forge } from '../../src/forge/forge.ts';
import { forgeKinds, type ForgeSettings } from '../../src/model/pipeline/forge.ts';
import { type ForgeServer, startForge } from '../support/forge/forge-server.ts';

const revision = 'a'.repeat(40);
const backport = { branch: 'backport/legacy/v2', into: 'main', title: 'v2 to legacy', text: 'replaces' };
const pauses: number[] = [];
/** Its pauses are noted, not waited for. */
const clock = {
  now: () => Date.parse('2026-11-30T00:00:00Z'),
  sleep: async (ms: number) => void pauses.push(ms),
  random: () => 0.5,
};

describe.each(forgeKinds)('%s', (kind) => {
  const name = kind === 'github' ? 'GitHub' : 'GitLab';
  let server: ForgeServer;
  let forge: Forge;
  const open = (token: string | undefined, settings: Partial<ForgeSettings> = {}): Forge =>
    openForge({ ...server.settings, ...settings }, { token, clock });
  const refusalOf = (work: Promise<unknown>): Promise<Error & { code?: string }> =>
    work.then(
      () => new Error('it was not refused'),
      (thrown: Error) => thrown,
    );
  beforeAll(async () => {
    server = await startForge(kind);
    forge = open(server.token);
  });
  beforeEach(() => {
    for (const list of [server.pulls, server.statuses, server.asked, server.faults, pauses]) list.length = 0;
  });
  afterAll(() => server.close());

  it('opens a pull request once, finds it by its branch, changes its text and closes it', async () => {
    expect(await forge.find(backport.branch)).toBeUndefined();
    const opened = await forge.open(backport);
    expect(opened).toEqual({
      number: 1,
      url: expect.stringMatching(/^https:.*\/1$/),
      state: 'open',
      branch: backport.branch,
      revision: await server.headOf(backport.branch),
      text: 'replaces',
      isFork: false,
    });
    expect(await forge.open(backport)).toEqual(opened);
    expect(await forge.find(backport.branch)).toEqual(opened);
    await forge.describe(1, 'conflict');
    await forge.close(1, 'v3 is newer');
    expect(server.pulls).toEqual([expect.objectContaining({ state: 'closed', text: 'v3 is newer' })]);
    expect(await forge.find(backport.branch)).toMatchObject({ number: 1, state: 'closed' });
  });

  it('prefers the open one of a branch, and tells merged from closed', async () => {
    await forge.open(backport);
    for (const pull of server.pulls) pull.state = 'merged';
    expect(await forge.find(backport.branch)).toMatchObject({ state: 'merged' });
    await forge.open(backport);
    await forge.close(2, '');
    expect(await forge.find(backport.branch)).toMatchObject({ number: 2, state: 'closed', text: '' });
    for (const pull of server.pulls) if (pull.number === 1) pull.state = 'open';
    expect(await forge.find(backport.branch)).toMatchObject({ number: 1, state: 'open' });
  });

  it('lists what is open in pages, forks among them, and no more than 300', async () => {
    for (let i = 1; i <= 310; i += 1)
      server.pulls.push({ ...backport, branch: `b${i}`, number: i, state: 'open', isFork: i === 310 });
    const listed = await forge.listOpen('main');
    expect([listed.length, listed[0]?.branch, listed[0]?.isFork, listed[1]?.isFork]).toEqual([
      300,
      'b310',
      true,
      false,
    ]);
    expect(await forge.listOpen('other')).toEqual([]);
  });

  it('sets a status, cut to what the forge takes, and again as the same', async () => {
    const status = { revision, context: 'stk/prod', branch: 'b1', sentence: 'x'.repeat(400) };
    await forge.setStatus({ ...status, state: 'failure' });
    await forge.setStatus({ ...status, state: 'failure' });
    await forge.setStatus({ ...status, state: 'success' });
    expect(server.statuses.at(0)).toEqual({
      revision,
      context: 'stk/prod',
      state: kind === 'github' ? 'failure' : 'failed',
      sentence: expect.stringMatching(kind === 'github' ? /^x{139}…$/ : /^x{254}…$/),
    });
    expect(server.statuses.at(-1)).toMatchObject({ state: 'success' });
  });

  it('opens nothing twice when the answer to opening is lost', async () => {
    server.faults.push('drop');
    expect(await forge.open(backport)).toMatchObject({ number: 1, state: 'open' });
    expect(server.pulls).toHaveLength(1);
    expect(pauses).toEqual([1000]);
  });

  it('waits as long as a rate limit says, and gives up where that is over a minute', async () => {
    const reset = String(Math.floor(clock.now() / 1000) + 30);
    const limited =
      kind === 'github'
        ? { status: 403, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset } }
        : { status: 429, headers: { 'ratelimit-reset': reset } };
    server.faults.push({ status: 429, headers: { 'retry-after': '7' } }, limited);
    expect(await forge.find('b')).toBeUndefined();
    expect(pauses).toEqual([7_000, 30_000]);
    server.faults.push({ status: 429, headers: { 'retry-after': '3600' } });
    expect(await refusalOf(forge.find('b'))).toMatchObject({
      code: 'forge-unavailable',
      message: `${name} limits requests for 3600 s (429)`,
    });
    expect(pauses).toHaveLength(2);
  });

  it('repeats after an error of the forge, four times in all', async () => {
    server.faults.push({ status: 502 }, 'drop', { status: 500 });
    expect(await forge.find('b')).toBeUndefined();
    server.faults.push(...Array.from({ length: 4 }, () => ({ status: 503 })));
    const refusal = await refusalOf(forge.find('b'));
    expect(refusal).toMatchObject({ code: 'forge-unavailable', message: `${name} answered 503` });
    expect(pauses).toEqual([1000, 2000, 4000, 1000, 2000, 4000]);
  });

  it('says plainly why it is refused, at the first answer, and never names the token', async () => {
    const told: string[] = [];
    const say = async (work: Promise<unknown>): Promise<void> => {
      const { code = '', message } = await refusalOf(work);
      told.push(`${code}: ${message}`);
    };
    await say(open(undefined).find('b'));
    await say(open('with\nbreak').find('b'));
    await say(open('revoked-token').find('b'));
    await say(open(server.token, { project: 'org/other' }).find('b'));
    const echo = { message: `Resource not accessible by ${server.token}` };
    server.faults.push({ status: 403, body: echo }, { status: 422, body: { message: 'Invalid' } });
    await say(forge.find('b'));
    await say(forge.find('b'));
    server.faults.push({ status: 301, headers: { location: 'https://elsewhere.example' } }, { status: 200 });
    await say(forge.find('b'));
    await say(forge.find('b'));
    expect(told).toEqual([
      'secret-unset: the environment variable FORGE_TOKEN is not set',
      'forge-refused: FORGE_TOKEN contains characters that no token has, such as a line break',
      `forge-refused: ${name} does not accept the token in FORGE_TOKEN (401): it is wrong, expired or revoked`,
      `forge-refused: ${name} does not show project org/other, or this part of it, to the token in FORGE_TOKEN (404)`,
      `forge-refused: ${name} says that the token in FORGE_TOKEN may not do this in org/shop (403): Resource not accessible by ***`,
      `forge-refused: ${name} refused the request (422): Invalid`,
      `forge-refused: ${name} answered 301: org/shop has moved, and redirects are not followed`,
      'forge-refused: the answer of the forge has no list: it is not the API of a forge',
    ]);
    expect(pauses).toEqual([]);
  });

  it('gives up on a forge that is silent', async () => {
    server.standing = 'hang';
    const slow = openForge(server.settings, { token: server.token, clock, within: 20 });
    const refusal = await refusalOf(slow.find('b'));
    server.standing = undefined;
    expect(refusal).toMatchObject({
      code: 'forge-unavailable',
      message: `${name} gave no answer (none within 0.02 s)`,
    });
  });

  it('says that nobody answers where nobody listens', async () => {
    const gone = await startForge(kind);
    await gone.close();
    const refusal = await refusalOf(open('t', { url: gone.settings.url }).find('b'));
    expect(refusal).toMatchObject({
      code: 'forge-unavailable',
      message: `${name} gave no answer (ECONNREFUSED)`,
    });
  });
});
