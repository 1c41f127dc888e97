// Many releases against one database: which of them would fit right now? One catalogue read and one round of questions
// for all of them, each text of a statement asked once; remembered while the fingerprint stays.
import { readFingerprint } from '../../database/catalogue/catalogue-fingerprint.ts';
import type { Database, Inspection } from '../../database/database.ts';
import { createLetCallsIn } from '../../kernel/let-calls-in.ts';
import { isBlocking, type Finding } from '../../model/finding.ts';
import { applySettings, type CheckSettings } from './apply-settings.ts';
import { askDatabaseForEach } from './ask-database.ts';
import { listNames, type Asked } from './list-names.ts';
import type { CheckCache } from './check-cache.ts';
import { failuresOf, findUnplanned } from '../bodies/body-callers.ts';
import { readPassing, readThrown, sayIndeterminate } from './indeterminate.ts';
import { judge } from './judge.ts';
import { followsUnknown } from '../bodies/table-makers.ts';
import type { Verdict } from '../../model/verdict.ts';

export interface MatrixRelease extends Asked {
  /** Identifies the release's bytes, for the cache. */
  readonly digest: string;
}

export interface MatrixRequest extends CheckSettings {
  readonly releases: readonly MatrixRelease[];
  /** Of this database and of matrices alone: a check's fingerprint covers less. */
  readonly cache: CheckCache;
  readonly signal?: AbortSignal | undefined;
}

export interface MatrixRow {
  readonly release: string;
  readonly fits: boolean;
  readonly findings: readonly Finding[];
}

export type MatrixVerdict =
  /** One row a release, in the order asked. */
  | { readonly kind: 'answered'; readonly fingerprint: string; readonly rows: readonly MatrixRow[] }
  | Extract<Verdict, { kind: 'indeterminate' | 'unavailable' }>;

/** Times that the schema may change under it before the answer is "cannot tell now". */
const maxAttempts = 2;

/** Writes nothing and takes no migration lock: nothing is swapped on its word. Rejects only for a defect. */
export async function checkMatrix(database: Database, request: MatrixRequest): Promise<MatrixVerdict> {
  try {
    return await database.inspect((session) => ask(database.engine, session, request), request.signal);
  } catch (thrown) {
    const verdict = readThrown(thrown);
    if (verdict === undefined) throw thrown;
    return verdict;
  }
}

async function ask(
  engine: Database['engine'],
  session: Inspection,
  request: MatrixRequest,
): Promise<MatrixVerdict> {
  const { releases, cache, signal } = request;
  const names = listNames(releases);
  let fingerprint = await readFingerprint(session, names);
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    // Nobody is refused on the word of a cache: of what blocks, everything is asked again.
    const unknown = releases.filter(({ digest }) => {
      const remembered = cache.get(fingerprint, digest);
      return remembered === undefined || applySettings(remembered, request).some(isBlocking);
    });
    if (unknown.length === 0) return answer(request, fingerprint);
    signal?.throwIfAborted();
    const { contexts } = await askDatabaseForEach(session, engine, { releases: unknown, names });
    for (const failure of contexts.flatMap(failuresOf)) {
      const passing = readPassing(failure);
      if (passing !== undefined) return passing;
    }
    const judged = new Map<string, Judged>();
    const letCallsIn = createLetCallsIn();
    for (const [index, context] of contexts.entries()) {
      const findings = await judge(context);
      const isWhole = findUnplanned(context) === undefined && !followsUnknown(context);
      judged.set(unknown[index]?.digest ?? '', { findings, isWhole });
      await letCallsIn();
    }
    const confirmed = await readFingerprint(session, names);
    if (confirmed === fingerprint) {
      for (const [digest, { findings, isWhole }] of judged)
        if (isWhole) cache.set(fingerprint, digest, findings);
      return answer(request, fingerprint, judged);
    }
    fingerprint = confirmed;
  }
  return sayIndeterminate('IND002', {
    object: 'schema',
    message: `The schema changed under the check, ${maxAttempts} times in a row.`,
    hint: 'Ask again; let the migration end.',
  });
}

interface Judged {
  readonly findings: readonly Finding[];
  /** Nothing was left out for want of time. */
  readonly isWhole: boolean;
}

/** `judged`: by digest, what is not in the cache. */
function answer(
  { releases, cache, ...settings }: MatrixRequest,
  fingerprint: string,
  judged: ReadonlyMap<string, Judged> = new Map(),
): MatrixVerdict {
  const rows = releases.map(({ release, digest }): MatrixRow => {
    const found = judged.get(digest)?.findings ?? cache.get(fingerprint, digest) ?? [];
    const findings = applySettings(found, settings);
    return { release: release.release, fits: !findings.some(isBlocking), findings };
  });
  return { kind: 'answered', fingerprint, rows };
}
