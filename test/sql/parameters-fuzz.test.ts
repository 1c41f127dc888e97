// The parameter lexer on random text: against a second lexer written by hand, against the tokens that libpg-query sees in
// what comes out, and against what went in. Short here; STK_FUZZ_RUNS makes it long (npm run fuzz).
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { scanSync } from 'libpg-query';
import { bindParameters } from '../../src/sql/bind-parameters.ts';
import { countCodePoints } from '../../src/sql/pg-parser.ts';
import { loadSqlParser, prepareStatement } from '../../src/sql/prepare-statement.ts';
import { splitSql } from '../support/documents/reference-lexer.ts';

const settings = {
  numRuns: 2000 * Math.max(1, Number(process.env['STK_FUZZ_RUNS'] ?? 0) / 20),
  seed: Number(process.env['STK_FUZZ_SEED'] ?? 20_261_121),
};

beforeAll(loadSqlParser);

/** Everything in which a colon or a quote could be mistaken; each may stand right at the next. */
const fragments = [
  [':a', ':b', ':order', ':_x', ':ä', ':a1', ':a$b', ':E', ':"q"', ':1', ':', '::', ':::', ':=', ': a'],
  ["'", "''", '"', '""', "E'", "e'\\", '\\', "U&'", 'U&"', "N'", "B'1'", "X'1F'", "'a:b'", '":c"'],
  ['$$', '$x$', '$', '$1', '$é$', '--', '\n', '\r', '/*', '*/', '/', '*', '-', '+', '|', '?', '@:a'],
  [' ', ' ', ' ', '\t', ',', '(', ')', '[', ']', ';', '.', '1', '1.5', '1e5', '0x1', 'a', 'é', '😀', 'text'],
  ['select', 'from', 'as', "'it''s'", '$$ :d $$', '/* :e /* :f */ */', '-- :g\n', "E'\\':h'", '(:x)'],
].flat();
const fragment = fc.constantFrom(...fragments);
const soup = fc.array(fragment, { maxLength: 24 }).map((parts) => parts.join(''));

describe('parameters of random text', () => {
  it('are those that the rules of the manual find', () => {
    let bound = 0;
    fc.assert(
      fc.property(soup, (sql) => {
        const { parameters, text, problem } = bindParameters(sql);
        if (problem !== undefined) return;
        const pieces = splitSql(sql) ?? [];
        const names = [...new Set(pieces.flatMap(({ name }) => name ?? []))];
        expect(parameters).toEqual(names);
        expect(text).toBe(
          pieces
            .map((piece) => (piece.name === undefined ? piece.text : `$${names.indexOf(piece.name) + 1}`))
            .join(''),
        );
        if (names.length > 0) bound += 1;
      }),
      settings,
    );
    expect(bound).toBeGreaterThan(settings.numRuns / 20);
  });

  it('are the only thing that changes in the tokens that PostgreSQL sees', () => {
    fc.assert(
      fc.property(soup, (sql) => {
        const { parameters, text, offsets, problem } = bindParameters(sql);
        if (problem !== undefined || sql === '') return;
        const tokens = listTokens(text);
        const places = tokens.flatMap(({ text: token, at }) => (/^\$\d+$/.test(token) ? [at] : []));
        expect(places).toEqual(offsets.map((offset) => offset.text));
        const back = tokens.flatMap(({ text: token }) => {
          const number = /^\$(\d+)$/.exec(token)?.[1];
          return number === undefined ? [token] : [':', parameters[Number(number) - 1] ?? ''];
        });
        expect(back).toEqual(listTokens(sql).map((token) => token.text));
      }),
      settings,
    );
  });

  it('never make the analysis throw, and a problem has a place within the text', () => {
    fc.assert(
      fc.property(fc.oneof(soup, fc.string({ unit: 'binary', maxLength: 40 })), (sql) => {
        const { error, analysis } = prepareStatement(sql);
        expect(analysis === undefined).toBe(error !== undefined);
        if (error?.position === undefined) return;
        expect(error.position).toBeGreaterThanOrEqual(1);
        expect(error.position).toBeLessThanOrEqual([...sql].length + 1);
      }),
      settings,
    );
  });
});

/** `at`: 0-based, in code points. */
function listTokens(sql: string): { readonly text: string; readonly at: number }[] {
  const bytes = Buffer.from(sql);
  return scanSync(sql).tokens.map(({ start, end }) => {
    const before = bytes.subarray(0, start).toString();
    return { text: bytes.subarray(start, end).toString(), at: countCodePoints(before, before.length) };
  });
}
