// `prometheus`: the largest value of a query. A query without a series has no value above anything.
import type { TestOfKind } from '../../../model/pipeline/trigger.ts';
import { bad, good, type Reading } from '../reading.ts';

/** `values`: one for each series. */
export function readPrometheus({ above }: TestOfKind<'prometheus'>, values: readonly number[]): Reading {
  const largest = Math.max(...values.filter((value) => !Number.isNaN(value)));
  if (largest === -Infinity) return good('The query has no value now.');
  const sentence = `The query gives ${largest}; ${above} is allowed.`;
  return largest > above ? bad(sentence) : good(sentence);
}
