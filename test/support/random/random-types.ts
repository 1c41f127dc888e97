// Column types of random schemas, each with values and with what it can be altered to. The values are PostgreSQL's own
// text forms.
export interface RandomType {
  readonly sql: string;
  /** Two that any change of width keeps, and one that is as large as the type holds. */
  readonly values: readonly [string, string, string];
  /** Three distinct values and an order: it may be a key. */
  readonly isKey: boolean;
  /** A harmless change. */
  readonly wider?: string;
  /** It does not hold the third value. */
  readonly narrower?: string;
  /** Results of it are of another type to callers. */
  readonly other: string;
}

/** Made in every random schema before its tables. */
export const typesSql = `create type "Mood" as enum ('glad', 'sad', 'so so');
create type address as (street text, zip varchar(9));
create domain positive as integer check (value > 0);
create domain "Short Text" as varchar(8) default 'short';`;

export const moodLabels = ['glad', 'sad', 'so so'] as const;

const key = (sql: string, values: RandomType['values'], more: Partial<RandomType> = {}): RandomType => ({
  sql,
  values,
  isKey: true,
  other: 'boolean',
  ...more,
});
const plain = (sql: string, values: RandomType['values'], more: Partial<RandomType> = {}): RandomType => ({
  ...key(sql, values, more),
  isKey: false,
});

export const integerType = key('integer', ['1', '2', '2000000000'], {
  narrower: 'smallint',
  other: 'bigint',
});

export const randomTypes: readonly RandomType[] = [
  integerType,
  key('text', ['a', 'b', 'longer than twelve'], { narrower: 'varchar(12)', other: 'integer' }),
  key('varchar(12)', ['va', 'vb', 'twelve chars'], { wider: 'varchar(40)', narrower: 'varchar(5)' }),
  key('numeric(8,2)', ['1.50', '2.50', '999999.99'], { wider: 'numeric(12,2)', narrower: 'numeric(5,2)' }),
  plain('timestamptz', ['2026-01-01 00:00:00+00', '2026-02-01 00:00:00+00', '2026-03-01 12:30:00+00'], {
    other: 'text',
  }),
  plain('"Mood"', moodLabels, { other: 'text' }),
  plain('text[]', ['{a}', '{b}', '{c,"d e"}'], { other: 'text' }),
  plain('positive', ['5', '6', '7'], { other: 'text' }),
  plain('boolean', ['t', 'f', 't'], { other: 'integer' }),
  plain('jsonb', ['{"a": 1}', '[]', '{"b": [1, 2]}'], { other: 'json' }),
  key('bigint', ['1', '2', '9007199254740993'], { narrower: 'integer', other: 'numeric' }),
  key('uuid', [
    '00000000-0000-0000-0000-000000000001',
    '00000000-0000-0000-0000-000000000002',
    '00000000-0000-0000-0000-000000000003',
  ]),
  key('date', ['2026-01-01', '2026-02-01', '2026-03-01'], { other: 'timestamp' }),
  plain('numeric', ['1.5', '2.5', '12345678901.125'], { narrower: 'numeric(6,1)', other: 'text' }),
  plain('double precision', ['1.5', '2.5', '1e+300'], { narrower: 'real', other: 'text' }),
  plain('"Mood"[]', ['{glad}', '{sad}', '{glad,"so so"}'], { other: 'text[]' }),
  plain('address', ['(a,1)', '(b,2)', '("c d",3)'], { other: 'text' }),
  plain('"Short Text"', ['sa', 'sb', 'eight ch'], { other: 'integer' }),
  plain('int4range', ['[1,5)', '[2,6)', '[3,9)'], { other: 'text' }),
  plain('bytea', ['\\x01', '\\x02', '\\x0304'], { other: 'text' }),
  plain('char(4)', ['aaaa', 'bbbb', 'cccc'], { narrower: 'char(2)', other: 'integer' }),
  key('smallint', ['1', '2', '32767'], { other: 'integer' }),
  plain('interval', ['01:00:00', '02:00:00', '3 days'], { other: 'text' }),
  plain('integer[]', ['{1}', '{2}', '{3,4}'], { other: 'text[]' }),
];

/** The element of a list that a random number means. */
export function pick<T>(list: readonly T[], random: number): T {
  const found = list[random % list.length];
  if (found === undefined) throw new Error('there is nothing to pick from');
  return found;
}
