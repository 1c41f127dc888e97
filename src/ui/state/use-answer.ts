// An answer of the Hub for a view: requested again when its inputs change, and kept on screen meanwhile.
import { useEffect, useState } from 'preact/hooks';
import { get, Problem } from './hub.ts';

export interface Asked<T> {
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
  readonly isAsking: boolean;
}

/** `path` undefined: no request. `depends`: the answer may change when this changes. */
export function useAnswer<T>(path: string | undefined, depends = ''): Asked<T> {
  return useAsked<T>(path === undefined ? undefined : () => get<T>(path), `${path ?? ''} ${depends}`);
}

export function useAsked<T>(ask: (() => Promise<T>) | undefined, key: string): Asked<T> {
  const [asked, show] = useState<Asked<T> & { readonly key: string }>({
    value: undefined,
    problem: undefined,
    isAsking: ask !== undefined,
    key,
  });
  useEffect(() => {
    if (ask === undefined) {
      show({ value: undefined, problem: undefined, isAsking: false, key });
      return;
    }
    let isOver = false;
    show((before) => ({ ...before, isAsking: true, key }));
    ask().then(
      (value) => isOver || show({ value, problem: undefined, isAsking: false, key }),
      (error: unknown) => {
        const problem = error instanceof Problem ? error : new Problem(0, { detail: String(error) });
        if (!isOver) show({ value: undefined, problem, isAsking: false, key });
      },
    );
    return () => void (isOver = true);
  }, [key]);
  return asked.key === key ? asked : { ...asked, isAsking: true };
}
