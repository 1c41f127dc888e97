// Stores the analysis of a canary environment in the state directory. The state is written completely at every look.
// The counts of each look are one line each, so that every verdict can be computed again.
//
//   canaries/<environment>.json           the state; a crash between two looks loses the calls in between, in both arms
//   canaries/<environment>-<commit>.jsonl the settings, then one line for each look
import { appendFile, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import type { LookReport } from '../../analysis/look.ts';
import type { AnalysisPolicy } from '../../analysis/policy.ts';
import type { LoggedLook } from '../../analysis/replay-canary.ts';
import type { AnalysisState } from '../../analysis/state.ts';
import { unlessAbsent } from '../../git/refs/read-ref.ts';
import type { Canary, CanaryState } from './canary-state.ts';
import type { CanaryTold } from './canary-step.ts';

/** Everything that continues after a restart. */
export interface KeptCanary {
  readonly state: CanaryState;
  readonly analysis: KeptAnalysis | undefined;
  /** Events of the step to this state, until they are sent. */
  readonly untold: readonly CanaryTold[];
}

export interface KeptAnalysis {
  readonly policy: AnalysisPolicy;
  readonly state: AnalysisState;
  /** How many looks were made. */
  readonly looks: number;
  readonly report: LookReport | undefined;
}

/** A day and a half of looks; later ones are not kept for a replay. */
const mostLooksLogged = 12_960;
/** The most logs of one environment. */
const mostLogs = 20;

export class CanaryStore {
  readonly #directory: string;

  /** `directory`: a separate one in the state directory, created on first write. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** `undefined` when nothing is stored. Rejects with the file system's error, or when another version wrote the file. */
  async read(environment: string): Promise<KeptCanary | undefined> {
    const path = this.#file(environment);
    const text = await unlessAbsent(readFile(path, 'utf8'));
    if (text === undefined) return undefined;
    const value: unknown = JSON.parse(text);
    if (!isKept(value)) throw new Error(`${path} is not of this version`);
    return value;
  }

  /** On disk when it resolves. */
  async write(environment: string, kept: KeptCanary): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    await writeFileAtomic(this.#file(environment), JSON.stringify(kept), { mode: 0o600 });
    const folder = await open(this.#directory, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  /** Begins the log of a canary, and removes the oldest ones of its environment. */
  async begin(start: { readonly canary: Canary; readonly policy: AnalysisPolicy }): Promise<void> {
    const { environment } = start.canary;
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const kept = await this.#logsOf(environment);
    for (const name of kept.slice(0, Math.max(0, kept.length - mostLogs + 1)))
      await rm(join(this.#directory, name), { force: true });
    await writeFileAtomic(this.#log(start.canary), `${JSON.stringify(start)}\n`, { mode: 0o600 });
  }

  /** A line that a crash left behind is written again by the next look. */
  async append(canary: Canary, looked: LoggedLook): Promise<void> {
    if (looked.look > mostLooksLogged) return;
    await appendFile(this.#log(canary), `${JSON.stringify(looked)}\n`, { mode: 0o600 });
  }

  #file(environment: string): string {
    return join(this.#directory, `${environment}.json`);
  }

  #log(canary: Canary): string {
    return join(this.#directory, `${canaryId(canary)}.jsonl`);
  }

  /** The oldest first: their names contain their begin. */
  async #logsOf(environment: string): Promise<readonly string[]> {
    const names = await readdir(this.#directory);
    const isLog = (name: string): boolean =>
      name.startsWith(`${environment}-`) &&
      /^\d{14}-[0-9a-f]+\.jsonl$/.test(name.slice(environment.length + 1));
    return names.filter(isLog).sort();
  }
}

/** `canary-20261129120000-1f3a9c0d`: the environment, when it began (UTC), and the pointer commit. */
export function canaryId({ environment, since, revision }: Canary): string {
  const time = new Date(since).toISOString().replaceAll(/\D/g, '').slice(0, 14);
  return `${environment}-${time}-${revision.slice(0, 8)}`;
}

/** Checks the shape for later versions: only this version writes the file, and always completely. */
function isKept(value: unknown): value is KeptCanary {
  if (typeof value !== 'object' || value === null || !('state' in value) || !('untold' in value))
    return false;
  const { state } = value;
  return (
    typeof state === 'object' &&
    state !== null &&
    'kind' in state &&
    ['none', 'running', 'returning'].some((kind) => kind === state.kind)
  );
}
