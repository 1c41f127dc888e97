// docs/release-practice.md names only what there is: each command with its options, each gate kind, each key of the documents.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pointerSchema } from '../../src/documents/schemas/pointer-schema.ts';
import { projectSchema } from '../../src/documents/schemas/project-schema.ts';
import { releaseSchema } from '../../src/documents/schemas/release-schema.ts';
import type { DocumentSchema } from '../../src/documents/schemas/document-schema.ts';
import { gateKinds } from '../../src/gates/gate-kinds.ts';
import { runStk } from '../support/hub/run-stk.ts';
import { projectRoot } from '../support/hub/served-clone.ts';

const text = await readFile(join(projectRoot, 'docs/release-practice.md'), 'utf8');
const rows = text
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| requirement'))
  .map((line) => line.slice(2, -2).split(' | '))
  .map(([asked = '', done = '']) => ({ asked, done }));

/** A path such as environments.E.smoke; `E` stands for any name. */
function hasKey(schema: DocumentSchema, path: string): boolean {
  let at: DocumentSchema | undefined = schema;
  for (const step of path.split('.')) {
    const inside: DocumentSchema = at?.items ?? at ?? {};
    const further = inside.additionalProperties;
    at = inside.properties?.[step] ?? (further === false ? undefined : further);
  }
  return at !== undefined;
}

const namesIn = (done: string, word: string): readonly string[] =>
  [...done.matchAll(new RegExp(`${word} \`([^\`]+)\``, 'g'))].map(([, name]) => name ?? '');
const commandsIn = (done: string): readonly string[] =>
  [...done.matchAll(/`stk ([^`]+)`/g)].map(([, command]) => command ?? '');

/** The words before the first option. */
const pathOf = (command: string): readonly string[] => command.split(' --')[0]?.split(' ') ?? [];

describe('docs/release-practice.md', () => {
  const help = new Map<string, string>();
  beforeAll(async () => {
    const paths = new Set(rows.flatMap(({ done }) => commandsIn(done).map((one) => pathOf(one).join(' '))));
    for (const path of paths) {
      const { exitCode, stdout } = await runStk({ directory: projectRoot }, ...path.split(' '), '--help');
      help.set(path, exitCode === 0 ? stdout : '');
    }
  });

  it('says of every line what does it, what is being built, or why it is not stk’s business', () => {
    expect(rows.length).toBeGreaterThan(150);
    const names = /`|\*(?:stk|setting|gate) [^*]+\*|not stk's business/;
    expect(rows.filter(({ asked, done }) => asked === '' || !names.test(done))).toEqual([]);
  });

  it('names commands whose help lists the options', () => {
    const commands = rows.flatMap(({ done }) => commandsIn(done));
    expect(new Set(commands).size).toBeGreaterThan(40);
    const wrong = commands.flatMap((command) => {
      const path = pathOf(command).join(' ');
      const shown = help.get(path) ?? '';
      if (!shown.startsWith(`Usage: stk ${path}`)) return [`stk ${path}: no such command`];
      const options = [...command.matchAll(/ (--[a-z-]+)/g)].map(([, option]) => option ?? '');
      return options
        .filter((one) => !new RegExp(`^ +(-\\w, )?${one}\\b`, 'm').test(shown))
        .map((one) => `stk ${path} ${one}`);
    });
    expect(wrong).toEqual([]);
  });

  it('names gate kinds of the registry', () => {
    const kinds = ['from', ...gateKinds.map(({ kind }) => kind)];
    const named = rows.flatMap(({ done }) => namesIn(done, 'gate'));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((kind) => !kinds.includes(kind))).toEqual([]);
  });

  it('names keys of the documents', () => {
    const documents = { setting: projectSchema(gateKinds), release: releaseSchema, pointer: pointerSchema };
    const wrong = Object.entries(documents).flatMap(([word, schema]) =>
      rows.flatMap(({ done }) => namesIn(done, word)).filter((path) => !hasKey(schema, path)),
    );
    expect(wrong).toEqual([]);
    expect(hasKey(documents.setting, 'environments.E.smok')).toBe(false);
  });
});
