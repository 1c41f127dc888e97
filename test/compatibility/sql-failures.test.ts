// Names are found in PostgreSQL's messages whatever their language. The messages are those of its own translations.
import { expect, it } from '@jest/globals';
import { mentions, readLast, readNames, readQuoted } from '../../src/compatibility/check/sql-failures.ts';

it.each([
  ['permission denied for table orders', 'orders', true],
  ['keine Berechtigung für Tabelle orders', 'orders', true],
  ['テーブルordersへのアクセスが拒否されました', 'orders', true],
  ['对表 orders 权限不够', 'orders', true],
  ['permission denied for table orders_old', 'orders', false],
  ['permission denied for table my$orders', 'orders', false],
  ['permission denied for function a.b', 'a.b', true],
])('%s names %s: %s', (message, name, expected) => {
  expect(mentions({ message }, name)).toBe(expected);
});

it.each([
  ['relation "a.b" does not exist', 'Relation »a.b« existiert nicht'],
  ['function price(integer, text) does not exist', 'Funktion price(integer, text) existiert nicht'],
  ['column t.total does not exist', 'Spalte t.total existiert nicht'],
])('%s is about the same as %s', (english, german) => {
  expect(readNames(english)).toBe(readNames(german));
  expect(readNames(english)).not.toBe('');
});

it('reads what stands in quotes, first and last', () => {
  expect(readQuoted('Spalte »a« von Relation »b« existiert nicht')).toBe('a');
  expect(readLast('ungültiger Eingabewert für Enum mood: »sad«')).toBe('sad');
  expect(readLast('invalid input value for enum "Mood": "sad"')).toBe('sad');
});
