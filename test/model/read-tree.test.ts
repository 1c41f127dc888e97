// What reading a document costs others: it pauses again and again, and that changes nothing of what it reads.
import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Lexer, LineCounter } from 'yaml';
import { ProblemList } from '../../src/documents/yaml/problem-list.ts';
import { readTree } from '../../src/documents/yaml/read-tree.ts';

function read(text: string, pause?: () => void) {
  const lines = new LineCounter();
  const problems = new ProblemList('a.yaml', lines);
  const tree = readTree(text, { maxBytes: 1_000_000, problems, lines, pause });
  return { tree, problems: problems.list() };
}

it('pauses while it lexes, while it composes and while it builds', () => {
  const items = 3200;
  const text = `[${Array.from({ length: items }, (_, i) => (i % 2 === 0 ? 'word' : i)).join(', ')}]\n`;
  const lexemes = Array.from(new Lexer().lex(text)).length;
  let pauses = 0;
  read(text, () => (pauses += 1));
  expect(pauses).toBeGreaterThanOrEqual(Math.floor((lexemes + 2 * items) / 32) - 3);
});

it.each([
  ['a release', readFileSync(new URL('../../releases/v2.0.0.yaml', import.meta.url), 'utf8')],
  [
    'values of every kind',
    "{ a: 1, b: 0x1f, c: 1e3, d: .inf, e: ~, f: true, g: 'x', h: , i: 2026-01-01, 7: x }",
  ],
  ['tags', 'a: !<tag:stk,pause> word\nb: !!str 1\nc: !other 2\nd: !!map x\n'],
  ['quoted and block text', 'a: "1"\nb: \'true\'\nc: |-\n  null\n  2\n'],
  ['a merge key and an alias', 'a: &one { b: 1 }\nc: { <<: *one }\n'],
  ['no YAML', 'a: [1, 2\nb: }'],
])('reads %s as it would without', (_what, text) => {
  const paused = read(text, () => undefined);
  expect(paused).toEqual(read(text));
  expect(paused.tree !== undefined || paused.problems.length > 0).toBe(true);
});
