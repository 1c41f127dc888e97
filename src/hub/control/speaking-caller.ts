// The author of a record that the Hub writes for a caller: the token's subject. Without one, there is no author.
import { StkError } from '../../kernel/errors.ts';
import type { Caller } from '../auth/caller.ts';

/** Throws `forbidden` in open mode, and for a token without a subject. */
export function speakerOf({ subject }: Caller): string {
  if (subject !== undefined && subject !== '') return subject;
  throw new StkError(
    'forbidden',
    'the Hub does not know who the caller is, so it accepts no approval, check or hotfix',
    {
      hint: 'Set auth: in stk.yaml and send a token with a subject, or use the command line: it writes with your git identity.',
    },
  );
}
