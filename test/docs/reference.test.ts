// The reference pages and the product name the same things: keys of stk.yaml and of the other documents, conditions and
// their reasons, error codes. The options of commands are compared in commands.test.ts.
import { describe, expect, it } from '@jest/globals';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorTable } from '../../src/kernel/errors.ts';
import { projectRoot } from '../support/hub/served-clone.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

const pages = new Map(
  await Promise.all(
    (await readdir(join(projectRoot, 'docs'), { recursive: true }))
      .filter((name) => name.endsWith('.md'))
      .map(async (name) => [name, await readFile(join(projectRoot, 'docs', name), 'utf8')] as const),
  ),
);
const pageOf = (name: string): string => pages.get(name) ?? '';

async function readSchema(name: string): Promise<Schema> {
  return JSON.parse(await readFile(join(projectRoot, 'schemas', `${name}.json`), 'utf8')) as Schema;
}

/** Every key, as config-repo.md writes it: `environments.E.database.role`; names that the user chooses are passed over. */
function keysOf(schema: Schema, path: readonly string[] = []): readonly string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const at = [...path, key];
    return [at.join('.'), ...keysOf(value, at)];
  });
  const name = path.join('.') === 'environments' ? [...path, 'E'] : path;
  const below =
    typeof schema.additionalProperties === 'object' ? keysOf(schema.additionalProperties, name) : [];
  const further = [schema.items, ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  return [
    ...new Set([...own, ...below, ...further.flatMap((one) => (one === undefined ? [] : keysOf(one, path)))]),
  ];
}

/** What stands in backticks or in a block, without the words around it. */
function codeOf(page: string): string {
  return [...page.matchAll(/^```[\s\S]*?^```|`[^`\n]+`/gm)].map(([text]) => text).join('\n');
}

const isNamed = (code: string, key: string): boolean =>
  new RegExp(`(?<![\\w-])${key.replace('$', '\\$')}(?![\\w-])`).test(code);

describe('the keys of stk.yaml', () => {
  const page = pageOf('config-repo.md');
  const rows = [...page.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell]) =>
    [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, key]) => key ?? ''),
  );

  it('are in config-repo.md: each of the project and of an environment with its path, those below by name', async () => {
    const keys = keysOf(await readSchema('project'));
    expect(keys.length).toBeGreaterThan(100);
    const code = codeOf([page, pageOf('gates.md')].join('\n'));
    const missing = keys.filter((key) => {
      const parts = key.split('.');
      const depth = parts[0] === 'environments' ? 3 : 1;
      if (parts.length > depth) return !isNamed(code, parts.at(-1) ?? '');
      return !isNamed(code, key);
    });
    expect(missing).toEqual([]);
  });

  it('are all that config-repo.md has rows for', async () => {
    const keys = new Set(keysOf(await readSchema('project')));
    const roots = new Set([...keys].map((key) => key.split('.')[0]));
    const named = rows.filter((row) => row.includes('.') && roots.has(row.split('.')[0] ?? ''));
    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((row) => !keys.has(row.replace(/\.[A-Z]+$/, '')))).toEqual([]);
  });

  it.each(['pointer', 'release', 'freeze', 'veto', 'waiver'])('and of a %s are in it too', async (name) => {
    const code = codeOf(page);
    const keys = keysOf(await readSchema(name)).filter((key) => !/^(schema|smoke|contract)\./.test(key));
    expect(keys.filter((key) => !isNamed(code, key.split('.').at(-1) ?? ''))).toEqual([]);
  });

  it('and of a record are in records.md', async () => {
    const code = codeOf(`${pageOf('records.md')}${page}`);
    const keys = keysOf(await readSchema('record'));
    expect(keys.filter((key) => !isNamed(code, key.split('.').at(-1) ?? ''))).toEqual([]);
  });
});

describe('what the pages name', () => {
  const status = pageOf('status.md');
  const known = new Set([
    ...[...status.matchAll(/^## ([A-Z][A-Za-z]+)$/gm)].map(([, name]) => name),
    ...[...status.matchAll(/^\| `([A-Z][A-Za-z]+)` +\|/gm)].map(([, name]) => name),
  ]);

  it('as a condition or a reason is one of status.md', () => {
    const wrong = [...pages].flatMap(([name, page]) =>
      [...page.replaceAll('`EnvironmentFile`', '').matchAll(/`((?:[A-Z][a-z]+){2,})`/g)]
        .map(([, word]) => word ?? '')
        .filter((word) => !known.has(word) && !/^Stk[A-Z]/.test(word))
        .map((word) => `${name}: ${word}`),
    );
    expect(known.size).toBeGreaterThan(60);
    expect(wrong).toEqual([]);
  });

  it('as the code of an answer is an error code', () => {
    const named = [...pages].flatMap(([name, page]) =>
      [...page.matchAll(/\b[45]\d\d `([a-z]+(?:-[a-z]+)*)`/g)].map(([, code]) => ({
        name,
        code: code ?? '',
      })),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(({ code }) => !(code in errorTable))).toEqual([]);
  });
});
