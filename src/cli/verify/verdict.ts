// The verdict of `stk release verify` on one replica of the Hub or one service. Pure.

/** The version that a replica or service reported. */
export type ToldVersion =
  | {
      readonly kind: 'told';
      /** `null` when it serves nothing, or reported none. */
      readonly version: string | null;
      /** `undefined` when it is healthy. */
      readonly unhealthy?: string | undefined;
    }
  /** It was unreachable, or was not asked. */
  | { readonly kind: 'untold'; readonly why: string };

export interface VerifiedLine {
  readonly name: string;
  readonly kind: 'hub' | 'service';
  readonly ok: boolean;
  readonly version: string | null;
  readonly expected: string;
  readonly healthy: boolean;
  /** The problem, for people; `null` when none exists. */
  readonly problem: string | null;
}

export interface AskedService {
  readonly name: string;
  readonly kind: 'hub' | 'service';
  readonly expected: string;
  /** `ref`: a commit may be abbreviated. */
  readonly compares: 'release' | 'ref';
}

export function judgeTold({ name, kind, expected, compares }: AskedService, told: ToldVersion): VerifiedLine {
  const line = { name, kind, expected };
  if (told.kind === 'untold') return { ...line, ok: false, version: null, healthy: false, problem: told.why };
  const { version, unhealthy } = told;
  const isExpected = version !== null && isSame(version, expected, compares);
  const problem = [
    ...(unhealthy === undefined ? [] : [unhealthy]),
    ...(isExpected ? [] : [`expected ${expected}`]),
  ].join(', ');
  const healthy = unhealthy === undefined;
  return { ...line, ok: problem === '', version, healthy, problem: problem === '' ? null : problem };
}

/** One of two commit ids may be a prefix of the other, from 7 digits on. */
function isSame(version: string, expected: string, compares: AskedService['compares']): boolean {
  if (version === expected) return true;
  const [short = '', long = ''] = [version, expected].toSorted((a, b) => a.length - b.length);
  return compares === 'ref' && /^[0-9a-f]{7,64}$/.test(short) && long.startsWith(short);
}

/** `✓ api-gateway: v1.2.2 (healthy)` */
export function describeLine({ name, ok, version, healthy, problem }: VerifiedLine): string {
  const mark = ok ? '✓' : '✗';
  const state = [...(healthy ? ['healthy'] : []), ...(problem === null ? [] : [problem])].join(', ');
  return version === null ? `${mark} ${name}: ${state}` : `${mark} ${name}: ${version} (${state})`;
}
