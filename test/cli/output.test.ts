// What reaches a terminal, a pipe, a file and a Hub: nothing hostile, no colour where none is wanted, no token where the
// operator did not name the Hub; and what is said about a command line that makes no sense.
import { describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import { Writable } from 'node:stream';
import type { AddressInfo } from 'node:net';
import { escapeMarkdown, formatVerdictsAsMarkdown } from '../../src/cli/print/check-markdown.ts';
import { toVerdict } from '../../src/cli/hub/check-verdict.ts';
import { parseListen } from '../../src/cli/commands/hub.ts';
import { formatDebt } from '../../src/cli/print/debt-report.ts';
import { formatFindings } from '../../src/cli/print/findings-report.ts';
import { resolveHubAddress } from '../../src/cli/hub/hub-address.ts';
import { createOutput } from '../../src/cli/print/output.ts';
import type { HubOptions } from '../../src/cli/services.ts';
import { StkError } from '../../src/kernel/errors.ts';
import type { Finding } from '../../src/model/finding.ts';
import { createTestRepo } from '../support/git/git-repo.ts';
import { aProject } from '../support/documents/release.ts';
import { captured, runStk } from '../support/hub/run-stk.ts';

const finding: Finding = {
  code: 'COL001',
  slug: 'column-missing',
  severity: 'block',
  object: 'public.customers.tier',
  expected: 'a column of type text',
  actual: 'no such column',
  operations: ['customers.get', 'customers.list'],
  hint: 'Apply the migration that adds it.',
  locations: [{ operation: 'customers.get', line: 2, column: 14 }],
  migration: 'alter table customers add column tier text;',
};
const { migration: _none, ...unmended } = finding;
const plain = (_color: string, text: string): string => text;

describe('findings for a person', () => {
  it('stand with what blocks first, grouped by object, with the place in the SQL and the way out', () => {
    const other = {
      ...finding,
      code: 'COL005',
      slug: 'column-default',
      severity: 'warn',
      object: 'a.b',
    } as const;
    const text = formatFindings(
      { findings: [other, finding, { ...unmended, code: 'OPS001' }], rollbackTargets: ['v1.0.0', 'v0.9.0'] },
      plain,
    );
    expect([...text.matchAll(/^(?:block|warn) +(\w+)/gm)].map(([, code]) => code)).toEqual([
      'COL001',
      'OPS001',
      'COL005',
    ]);
    expect(text).toMatch(/^ +in its SQL +customers\.get line 2, column 14$/m);
    expect(text.match(/alter table customers/g)).toHaveLength(1);
    expect(text).toMatch(/^Part of a migration that would make the database fit/m);
    expect(formatFindings({ findings: [other, finding] }, plain)).toMatch(/^A migration that would/m);
    expect(text).toMatch(/^Meanwhile you can roll back to v1\.0\.0, v0\.9\.0$/m);
  });
});

describe('hostile text', () => {
  const hostile =
    '\u001b]0;owned\u0007\u202e| [x](javascript:y) <img> @team `a` #1 https://evil.example\r\nrow';

  it('reaches a terminal without control characters', () => {
    const text = formatFindings({ findings: [{ ...finding, object: hostile, hint: hostile }] }, plain);
    // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  it('neither formats, links nor mentions in Markdown, and stays in its cell', () => {
    const escaped = escapeMarkdown(hostile);
    expect(escaped).not.toMatch(/[<>|[\]`\n]|@team|https:\/\//);
    expect(escapeMarkdown('#12; @team')).toBe('#\u200B12; @\u200Bteam');
    const subject = { environment: 'prod', from: 'v1', release: 'v2' };
    const error = new StkError('incompatible', hostile, {
      details: { findings: [{ ...finding, actual: hostile }] },
    });
    const rows = formatVerdictsAsMarkdown([toVerdict(subject, error)])
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(rows.map((row) => row.split('|').length)).toEqual([6, 6, 6, 9, 9, 9]);
    const text = formatVerdictsAsMarkdown([toVerdict(subject, error)]);
    expect(text).toMatch(/<pre>\nalter table customers .*\n<\/pre>/);
  });
});

describe('streams', () => {
  it.each([
    [true, false, true],
    [true, true, false],
    [false, false, false],
  ])('has colours: terminal %s, NO_COLOR %s -> %s', (isTTY, noColor, expected) => {
    const { stream } = captured(isTTY);
    const output = createOutput({ stdout: stream, stderr: stream, json: false, noColor });
    expect(output.onStdout('red', 'x') !== 'x').toBe(expected);
  });

  it('takes NO_COLOR from the environment', async () => {
    const stderr = captured(true);
    const services = { stderr: stderr.stream };
    await runStk({ directory: '/', services }, 'status');
    const coloured = stderr.text();
    const bare = captured(true);
    await runStk(
      { directory: '/', variables: { NO_COLOR: '1' }, services: { stderr: bare.stream } },
      'status',
    );
    expect([coloured.includes('\u001b['), bare.text().includes('\u001b[')]).toEqual([true, false]);
  });

  it('does not mind that the reader of stdout went away, and tells any other error', async () => {
    const broken = (code: string): Writable =>
      new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) });
    const version = (code: string): ReturnType<typeof runStk> =>
      runStk({ directory: '/', services: { stdout: broken(code) } }, 'status', '--json');
    await expect(version('EPIPE')).resolves.toMatchObject({ exitCode: 2 });
    const full = await version('ENOSPC');
    expect([full.exitCode, full.stderr]).toEqual([1, expect.stringMatching(/^error: ENOSPC$/m)]);
  });
});

describe('the address of the Hub', () => {
  const environment = { hub: undefined, token: 'secret' };

  it.each([
    [
      '--hub',
      resolveHubAddress('https://a.example', environment, 'https://c.example'),
      'https://a.example',
      'secret',
    ],
    [
      'STK_HUB',
      resolveHubAddress(undefined, { ...environment, hub: 'http://127.0.0.1:1/' }, 'https://c.example'),
      'http://127.0.0.1:1',
      'secret',
    ],
    [
      'stk.yaml',
      resolveHubAddress(undefined, environment, 'https://c.example'),
      'https://c.example',
      undefined,
    ],
    ['default', resolveHubAddress(undefined, environment, undefined), 'http://127.0.0.1:8080', undefined],
  ])('is named by %s, and only the operator sends the token there', (namedBy, address, url, token) => {
    expect(address).toEqual({ namedBy, url, token });
  });

  it.each(['http://hub.example', 'http://127.0.0.1.evil.example', 'http://10.0.0.1:8080'])(
    'refuses to send a token in the clear to %s',
    (hub) => {
      expect(() => resolveHubAddress(hub, environment, undefined)).toThrow(/unencrypted/);
    },
  );

  it.each(['ftp://a', 'nonsense', 'https://user:pw@a.example', 'http://a.example?x=1'])(
    'refuses %s',
    (hub) => {
      expect(() => resolveHubAddress(hub, environment, undefined)).toThrow(/does not name a Hub/);
      expect(() => resolveHubAddress('https://user:pw@a.example', environment, undefined)).toThrow(
        /^(?!.*pw@)/,
      );
    },
  );

  it('sends the token over HTTP only where the operator named the Hub', async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.setHeader('content-type', 'application/json').end('{"environments": []}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const hub = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const repo = await createTestRepo({ files: { 'stk.yaml': aProject({ hub }) } });
    const status = (variables: Record<string, string>, ...argv: readonly string[]): Promise<unknown> =>
      runStk(
        { directory: repo.directory, variables: { STK_TOKEN: 'secret', ...variables } },
        'status',
        ...argv,
      );
    await status({});
    await status({ STK_HUB: hub });
    await status({}, '--hub', hub);
    await new Promise((resolve) => server.close(resolve));
    await repo.remove();
    expect(seen).toEqual([undefined, 'Bearer secret', 'Bearer secret']);
  });

  it('follows no redirect', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const hub = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const repo = await createTestRepo({ files: { 'stk.yaml': aProject() } });
    const run = await runStk({ directory: repo.directory }, 'status', '--hub', hub);
    await new Promise((resolve) => server.close(resolve));
    await repo.remove();
    expect([run.exitCode, run.stderr]).toEqual([5, expect.stringMatching(/redirects \(302\)/)]);
  });
});

describe('the command line itself', () => {
  it.each([
    [['relase', 'list'], /Did you mean release\?/],
    [['release', 'promot'], /Did you mean promote\?/],
    [['release', 'list', '--limt', '3'], /Did you mean --limit\?/],
    [['release', 'current', '--evn', 'prod'], /Did you mean --env\?/],
    [['release', 'current'], /required option '--env <name>' not specified/],
    [['release', 'list', '--limit', '0'], /from 1 to 1000/],
    [['release', 'promote', '--to', 'prod', '--from', 'dev', '--timeout', 'soon'], /30s/],
    [['release', 'rollback'], /--env/],
    [['hub', '--log-level', 'loud'], /info/],
  ])('says what is wrong with %j (exit 2)', async (argv, message) => {
    const run = await runStk({ directory: '/' }, ...argv);
    expect([run.exitCode, run.stdout, run.stderr]).toEqual([2, '', expect.stringMatching(message)]);
  });

  it.each([
    [[]],
    [['release']],
    [['release', 'promote']],
    [['release', 'check']],
    [['db', 'apply']],
    [['hub']],
  ])('shows help for %j', async (argv) => {
    const run = await runStk({ directory: '/' }, ...argv, '--help');
    expect([run.exitCode, run.stderr]).toEqual([0, '']);
    expect(run.stdout).toMatch(/^Usage: stk/);
    expect(run.stdout).not.toContain('30000');
  });

  it('hands the options of `stk hub` on', async () => {
    const repo = await createTestRepo({ files: { 'stk.yaml': aProject() } });
    let given: HubOptions | undefined;
    const services = {
      startHub: (options: HubOptions): Promise<number> => {
        given = options;
        return Promise.resolve(0);
      },
    };
    const argv = [
      '--env',
      'dev',
      '--env',
      'prod',
      '--ref',
      'main',
      '--listen',
      '[::1]:0',
      '--state',
      'here',
      '--open',
    ];
    const run = await runStk({ directory: repo.directory, services }, 'hub', ...argv);
    await repo.remove();
    expect(run.exitCode).toBe(0);
    expect(given).toEqual({
      repo: repo.directory,
      ref: 'main',
      environments: ['dev', 'prod'],
      listen: { host: '::1', port: 0 },
      stateDirectory: 'here',
      open: true,
      authFile: undefined,
      allowPrivateJwks: false,
      secrets: ['STK_*'],
      logLevel: 'info',
    });
  });

  it.each(['127.0.0.1', 'a:b', '127.0.0.1:70000', ':8080', '::1:80'])('does not listen on %j', (text) => {
    expect(() => parseListen(text)).toThrow(/is not an address/);
  });
});

describe('the debt of a hotfix', () => {
  const { stream } = captured();
  const output = createOutput({ stdout: stream, stderr: stream, json: false, noColor: true });
  const owed = { since: '2026-11-21T08:00:00Z', due: '2026-11-23T08:00:00Z' };

  it('is a line for each gate that was skipped, with its time and the command that helps', () => {
    const debt = [
      { ...owed, gate: 'review', overdue: false, help: 'stk approve --release v3 --env prod' },
      { ...owed, gate: 'from', overdue: true, help: null },
    ];
    expect(formatDebt(debt, output)).toBe(
      '  HotfixDebt: review was skipped, due 2026-11-23T08:00:00Z: stk approve --release v3 --env prod\n' +
        '  HotfixDebt: from was skipped, overdue since 2026-11-23T08:00:00Z',
    );
  });

  it('is nothing where none is open', () => {
    expect([formatDebt([], output), formatDebt(undefined, output)]).toEqual(['', '']);
  });
});
