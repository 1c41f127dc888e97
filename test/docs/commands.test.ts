// Every command in the documents: an sh block is run against a served clone, or a comment above it says why not; what
// stands in backticks is a command and options that the command line knows; no command stands anywhere else.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readCommands, toPattern } from '../support/documents/doc-commands.ts';
import { runStk } from '../support/hub/run-stk.ts';
import { openServedClone, projectRoot, type ServedClone } from '../support/hub/served-clone.ts';

const files = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...(await readdir(join(projectRoot, 'docs'), { recursive: true }))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`)
    .sort(),
];
const documents = await Promise.all(
  files.map(async (file) => readCommands(file, await readFile(join(projectRoot, file), 'utf8'))),
);
const blocks = documents.flatMap((document) => document.blocks);
const isRun = ({ file, notRun }: (typeof blocks)[number]): boolean =>
  notRun === undefined && file !== 'README.md'; // The tour has a test of its own.
const pointers = { dev: 'v2.2.0', staging: 'v2.0.1', prod: 'v2.0.0' };

describe('the commands in the documents', () => {
  let clone: ServedClone;
  beforeAll(async () => {
    clone = await openServedClone();
    // What a branch is judged against; it follows nothing, so that commits stay in the clone.
    await clone.git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    await clone.git('config', '--remove-section', 'branch.main').catch(() => undefined);
  });
  afterAll(() => clone?.close());

  it('stand in sh blocks and nowhere else', () => {
    expect(documents.flatMap(({ strays }) => strays)).toEqual([]);
  });

  it('are run, but for those that a test cannot run', () => {
    expect(
      blocks.flatMap(({ file, notRun }) => (notRun === undefined ? [] : [`${file}: ${notRun}`])),
    ).toEqual([
      'README.md: installs; the tour below starts the Hub as npm start does',
      'README.md: the Hub runs until it is stopped',
      'CONTRIBUTING.md: these run the tests',
      'docs/canary.md: a canary has to run',
      'docs/cli.md: needs psql',
      'docs/cli.md: the shop has no ledger',
      'docs/cli.md: the shop has no ledger',
      'docs/cli.md: the shop has no ledger',
      'docs/cli.md: the Hub of the documents is running',
      'docs/cli.md: the shop has no drill',
      'docs/cli.md: the shop has no gates',
      'docs/cli.md: it would leave a records branch in the clone',
      'docs/cli.md: it would leave a records branch in the clone',
      'docs/cli.md: it would leave a records branch in the clone',
      'docs/guides/approve-a-release.md: the shop has no gates',
      'docs/guides/authentication.md: the Hub of the documents has no authentication',
      'docs/guides/authentication.md: the Hub of the documents has no authentication',
      'docs/guides/backup-and-restore.md: needs a PostgreSQL server',
      'docs/guides/backup-and-restore.md: needs a PostgreSQL server',
      'docs/guides/backup-and-restore.md: it would leave a records branch in the clone',
      'docs/guides/backup-and-restore.md: the Hub of the documents is running',
      'docs/guides/backup-and-restore.md: the Hub of the documents is running',
      'docs/guides/before-a-migration.md: the shop has no ledger',
      'docs/guides/before-a-migration.md: the shop has no ledger',
      'docs/guides/before-a-migration.md: the shop has no ledger',
      'docs/guides/channels-for-a-model.md: the shop has no gates',
      'docs/guides/first-release.md: needs the config repo that stk init makes',
      'docs/guides/hotfix-at-night.md: the shop has no gates',
      'docs/guides/hotfix-at-night.md: the shop has no gates',
      'docs/guides/install.md: the Hub runs until it is stopped',
      'docs/guides/install.md: the Hub of the lines above has to run',
      'docs/guides/observe.md: the Hub runs until it is stopped',
      'docs/guides/promote-automatically.md: the shop has no gates',
      'docs/guides/propose-by-pull-request.md: the shop has no forge',
      'docs/guides/roll-back-by-itself.md: the names are of another day',
      'docs/guides/rollback-drill.md: the shop has no drill',
      'docs/guides/rollback-drill.md: the shop has no drill',
      'docs/guides/rollback-drill.md: the shop has no drill',
      'docs/guides/run-as-a-service.md: builds and runs an image',
      'docs/guides/set-up-a-pipeline.md: a test of its own runs it',
      'docs/guides/several-hubs.md: the Hubs run until they are stopped',
      'docs/guides/sign.md: changes the git configuration of the user',
      'docs/guides/sign.md: makes a key, and the Hub runs until it is stopped',
      'docs/guides/why-is-it-not-there.md: the shop has no gates',
      'docs/guides/your-own-database.md: needs a PostgreSQL server',
      'docs/http-api.md: it does not end by itself',
      'docs/operations.md: needs a git server and a PostgreSQL server',
    ]);
    expect(blocks.filter(isRun).length).toBeGreaterThanOrEqual(12);
  });

  describe.each([...new Set(blocks.filter(isRun).map(({ file }) => file))])('of %s', (file) => {
    // Every document starts from the same pointers; what was committed and migrated before stays.
    beforeAll(async () => {
      await clone.git('checkout', '--quiet', 'origin/main', '--', 'environments');
      await clone.git('commit', '--quiet', '--allow-empty', '--message', `docs: before ${file}`);
    });

    it('find the shop as the documents describe it', async () => {
      for (const [environment, release] of Object.entries(pointers))
        await clone.hub.untilServing(environment, release);
    });

    it.each(blocks.filter((block) => block.file === file && isRun(block)))(
      'do what line $line says: $commands',
      async ({ commands, expected }) => {
        const printed = await clone.run(commands);
        for (const line of expected) expect(printed).toMatch(toPattern(line));
      },
    );
  });
});

/** `release cut` → its long options; `` → those of every command. */
async function readHelp(path: readonly string[] = []): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { stdout } = await runStk({ directory: projectRoot }, ...path, '--help');
  const options = new Set(
    [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option]) => option ?? ''),
  );
  const names = [...(/^Commands:\n((?: {2}.*\n)+)/m.exec(stdout)?.[1] ?? '').matchAll(/^ {2}([a-z]+)/gm)]
    .map(([, name]) => name ?? '')
    .filter((name) => name !== 'help');
  const below = await Promise.all(names.map((name) => readHelp([...path, name])));
  return new Map([[path.join(' '), options], ...below.flatMap((map) => [...map])]);
}

describe('what the documents say of the command line', () => {
  let known: ReadonlyMap<string, ReadonlySet<string>>;
  beforeAll(async () => {
    known = await readHelp();
  });

  /** `undefined` when it parses. */
  const judge = (text: string): string | undefined => {
    const words = text.split(/\s+/).filter((word) => word !== '…');
    if (words[0] === '<command>') return undefined;
    const path: string[] = [];
    for (const word of words) {
      if (!known.has([...path, word].join(' '))) break;
      path.push(word);
    }
    const next = words[path.length];
    const isGroup = [...known.keys()].some((key) => key.startsWith(`${path.join(' ')} `));
    const isBare = path.length === 0 && !(next?.startsWith('--') ?? false);
    if (isBare || (isGroup && next !== undefined && !next.startsWith('-'))) return `no command: stk ${text}`;
    const options = known.get(path.join(' ')) ?? new Set();
    const unknown = words
      .flatMap((word) => /^\[?(--[a-z-]+)/.exec(word)?.[1] ?? [])
      .filter((one) => !options.has(one));
    return unknown.length === 0 ? undefined : `stk ${path.join(' ')} has no ${unknown.join(', ')}`;
  };

  const commandsOf = (text: string): readonly string[] =>
    text
      .replaceAll('\\\n', ' ')
      .split(/\n|&&|;|\|\||"\$\(/)
      .flatMap((part) => /^\s*(?:npx )?stk(?:-hub)? (.*)$/.exec(part)?.[1] ?? []);

  it('is a command that there is, with options that it has', () => {
    expect(known.size).toBeGreaterThanOrEqual(12);
    const said = [
      ...blocks.map(({ file, line, commands }) => ({ file, line, text: commands })),
      ...documents.flatMap(({ spans }) => spans),
    ];
    const wrong = said.flatMap(({ file, line, text }) =>
      commandsOf(text).flatMap((command) => {
        const problem = judge(command);
        return problem === undefined ? [] : [`${file}:${line}: ${problem}`];
      }),
    );
    expect(wrong).toEqual([]);
    expect(judge('release cutt v1')).toBe('no command: stk release cutt v1');
    expect(judge('release promote --form dev')).toBe('stk release promote has no --form');
    expect(judge('promote --from dev')).toBe('no command: stk promote --from dev');
  });

  it('has every option of a command in a section of the reference that names the command', async () => {
    const page = await readFile(join(projectRoot, 'docs/cli.md'), 'utf8');
    const [start = '', ...sections] = page.split(/^## /m);
    const forAll = new Set(['--help', ...[...start.matchAll(/--[a-z-]+/g)].map(([option]) => option)]);
    const missing = [...known].flatMap(([path, options]) => {
      if (path === '') return [];
      const own = sections.filter((one) => one.includes(`stk ${path}`) || one.includes(`\`${path}\``));
      const text = own.join('\n');
      if (own.length === 0) return [`stk ${path} has no section`];
      const words = path.split(' ');
      const inherited = words.flatMap((_, n) => [...(known.get(words.slice(0, n).join(' ')) ?? [])]);
      return [...options]
        .filter(
          (option) =>
            !inherited.includes(option) &&
            !forAll.has(option) &&
            !new RegExp(`${option}(?![a-z-])`).test(text),
        )
        .map((option) => `stk ${path}: ${option}`);
    });
    expect(missing).toEqual([]);
  });

  it('names options that some command has', () => {
    const all = new Set([...known.values()].flatMap((options) => [...options]));
    const wrong = documents.flatMap(({ spans }) =>
      spans.flatMap(({ file, line, text }) => {
        const option = /^(--[a-z-]+)(?: |$)/.exec(text)?.[1];
        return option === undefined || all.has(option) ? [] : [`${file}:${line}: ${option}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('names scripts that package.json has', async () => {
    const { scripts } = JSON.parse(await readFile(join(projectRoot, 'package.json'), 'utf8')) as {
      scripts: Readonly<Record<string, string>>;
    };
    const named = [
      ...blocks.map(({ commands }) => commands),
      ...documents.flatMap(({ spans }) => spans.map(({ text }) => text)),
    ]
      .flatMap((text) => [...text.matchAll(/npm run ([a-z:]+(?: \| [a-z:]+)*)/g)])
      .flatMap(([, names]) => (names ?? '').split(' | '));
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});
