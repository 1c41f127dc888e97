// A moment, told from now; the exact time is its title.
import { ago } from './words.ts';

export function Time({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={at}>
      {ago(at)}
    </time>
  );
}
