// Reads members of the Hub's answers, whose shape is unchecked; an unexpected value is an error that explains it.
// hub-answers.ts knows which members an answer has.
import { StkError } from '../../kernel/errors.ts';

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function fields(value: unknown): Fields {
  if (isFields(value)) return value;
  throw notUnderstood('an object', value);
}

export function optionalFields(value: unknown): Fields | null {
  return value === null || value === undefined ? null : fields(value);
}

export function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw notUnderstood('a list', value);
}

export function text(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  throw notUnderstood('text', value);
}

export function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function notUnderstood(expected: string, value: unknown): StkError {
  return new StkError(
    'internal',
    `the Hub's answer has the wrong form: ${typeof value} in place of ${expected}`,
    {
      hint: 'Check that --hub names a stk Hub of about this version (stk --version).',
    },
  );
}
