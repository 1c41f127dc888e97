// Asks the questions of a trigger: the Hub's own state, the smoke tests, the database, files, Prometheus. The pure
// function of its kind turns each answer into a reading.
import { createHash } from 'node:crypto';
import type { Database } from '../../database/database.ts';
import { asStkError } from '../../kernel/errors.ts';
import type { FileNeed, FileProblem } from '../../model/file-store.ts';
import type { TestOfKind, TriggerTest } from '../../model/pipeline/trigger.ts';
import type { SmokeReport } from '../../smoke/run-smoke.ts';
import { loadSqlParser, prepareStatement } from '../../sql/prepare-statement.ts';
import type { ServedHere } from '../admission/served-here.ts';
import { PrometheusSource } from '../canary/prometheus-source.ts';
import { readFiles } from './kinds/files.ts';
import { readHealth } from './kinds/health.ts';
import { readIntegrity, refuseQuestion } from './kinds/integrity.ts';
import { readPrometheus } from './kinds/prometheus.ts';
import { readSmoke } from './kinds/smoke.ts';
import { failed, good, type Reading } from './reading.ts';

/** What is served, and the sources for questions about it. */
export interface WatchedPlace {
  readonly served: ServedHere;
  readonly database: Pick<Database, 'execute'>;
  /** The files that the release needs. */
  readonly files: readonly FileNeed[];
  /** The folder of the files; `undefined` when the environment has none. */
  readonly root: string | undefined;
  /** Runs the smoke tests on the served release. */
  smoke(): Promise<SmokeReport>;
  lookAtFiles(root: string, needs: readonly FileNeed[]): Promise<readonly FileProblem[]>;
  /** Failed calls compared with those before the activation, for the trigger of this name. */
  errors(name: string): Reading;
}

/** Never rejects: a question that fails is a reading. */
export async function askTrigger(
  { name, test }: { readonly name: string; readonly test: TriggerTest },
  place: WatchedPlace,
): Promise<Reading> {
  try {
    return await ask(name, test, place);
  } catch (thrown) {
    return failed(`The question failed: ${asStkError(thrown).message}`);
  }
}

async function ask(name: string, test: TriggerTest, place: WatchedPlace): Promise<Reading> {
  switch (test.kind) {
    case 'health':
      return readHealth(place.served);
    case 'smoke':
      return readSmoke(await place.smoke());
    case 'errors':
      return place.errors(name);
    case 'integrity':
      return askDatabase(test, place.database);
    case 'files':
      if (place.root === undefined) return failed('The environment has no files in stk.yaml.');
      if (place.files.length === 0) return good('The release asks for no files.');
      return readFiles(await place.lookAtFiles(place.root, place.files));
    case 'prometheus':
      return readPrometheus(test, await new PrometheusSource(test.url).values(test.query));
  }
}

/** In a session for reads, as the role of calls and with their statement limit; its effects are rolled back. */
async function askDatabase(
  test: TestOfKind<'integrity'>,
  database: Pick<Database, 'execute'>,
): Promise<Reading> {
  await loadSqlParser();
  const { analysis, text, parameters } = prepareStatement(test.sql);
  const refused = parameters.length > 0 ? 'it has parameters' : refuseQuestion(analysis);
  if (refused !== undefined) return failed(`The statement is not asked: ${refused}.`);
  const name = `stk_trigger_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
  const statement = { name, text, mode: 'read' } as const;
  const request = { statement, values: [], claims: undefined, wants: 'rows', maxRows: 1 } as const;
  return readIntegrity(test, await database.execute({ ...request, isRehearsal: true }));
}
