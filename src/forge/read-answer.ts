// Reads members of a forge's JSON. An answer that does not match its documentation is an error, not a guess.
import { StkError } from '../kernel/errors.ts';

/** `undefined` when `value` is not an object, or has no such member. */
export function readMember(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

export function readText(value: unknown, name: string): string {
  const member = readMember(value, name);
  if (typeof member === 'string') return member;
  throw unexpected(`no ${name}`);
}

export function readNumber(value: unknown, name: string): number {
  const member = readMember(value, name);
  if (typeof member === 'number') return member;
  throw unexpected(`no ${name}`);
}

export function readList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw unexpected('no list');
}

function unexpected(what: string): StkError {
  return new StkError('forge-refused', `the answer of the forge has ${what}: it is not the API of a forge`, {
    hint: 'Check `forge.kind` and `forge.url` in stk.yaml.',
  });
}
