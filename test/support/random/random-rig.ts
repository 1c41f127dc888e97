// Puts a random schema into a database, cuts a release over it as the product does, changes the database, and then asks
// both: the check for its findings, and PostgreSQL for what every operation does now.
import { checkRelease } from '../../../src/compatibility/check/check-release.ts';
import { measureRelease } from '../../../src/compatibility/cut/measure-release.ts';
import type { Database } from '../../../src/database/database.ts';
import { SqlFailure } from '../../../src/database/sql-failure.ts';
import type { Finding } from '../../../src/model/finding.ts';
import { formatRelease } from '../../../src/documents/release/format-release.ts';
import { parseRelease } from '../../../src/documents/release/parse-release.ts';
import type { Release } from '../../../src/model/release.ts';
import { loadSqlParser, prepareStatement } from '../../../src/sql/prepare-statement.ts';
import type { Statement } from '../../../src/sql/statement.ts';
import type { EngineName } from '../databases/database.ts';
import { openOwner } from '../databases/owner-session.ts';
import { presentOperations } from './random-operations.ts';
import type { RandomSchema } from './random-schema.ts';
import { callRole, emptySql, grantSql, writeSchema } from './random-schema-sql.ts';
import type { RandomOperation } from './random-statement.ts';
import { aRelease } from '../documents/release.ts';

/** What one execution did; it was rolled back. */
export type Outcome =
  | { readonly kind: 'done'; readonly types: readonly string[]; readonly rows: number }
  | { readonly kind: 'failed'; readonly sqlstate: string; readonly message: string };

/** By operation: with every input, and without those that may be left out. */
export type Outcomes = ReadonlyMap<string, readonly Outcome[]>;

export interface RandomRelease {
  readonly operations: readonly RandomOperation[];
  readonly release: Release;
  readonly statements: ReadonlyMap<string, Statement>;
  readonly before: Outcomes;
}

export interface Changed {
  readonly findings: readonly Finding[];
  readonly after: Outcomes;
}

export interface RandomRig {
  /** Makes the schema anew and cuts the release. Throws when an operation does not work, or the cut refuses what works. */
  cut(schema: RandomSchema, operations: readonly RandomOperation[]): Promise<RandomRelease>;
  /** Applies one statement or several in one transaction, as the owner; false: PostgreSQL refused and nothing changed. */
  change(sql: string): Promise<boolean>;
  look(cut: RandomRelease): Promise<Changed>;
  close(): Promise<void>;
}

export async function openRandomRig(engine: EngineName): Promise<RandomRig> {
  await loadSqlParser();
  const { session, close } = await openOwner(engine, { sql: '' });
  const database: Database = {
    engine: session.engine,
    description: engine,
    inspect: (look) => look(session),
    execute: () => Promise.reject(new Error('operations are executed by the session itself')),
    reach: () => undefined,
    use: () => undefined,
    recycle: () => undefined,
    ping: () => Promise.resolve(),
    close,
  };
  const execute = (operations: readonly RandomOperation[], cut: Pick<RandomRelease, 'statements'>) =>
    executeAll({ session, operations, statements: cut.statements });

  return {
    close,
    async cut(schema, operations) {
      await session.run(`${emptySql}\n${writeSchema(schema)}\n${grantSql}`);
      const plain = parse(
        aRelease({ schema: undefined, permissions: {}, operations: presentOperations(operations) }),
      );
      const statements = new Map(operations.map(({ name, sql }) => [name, prepareStatement(sql)]));
      const measured = await measureRelease(session, { draft: plain, derivesSchema: true });
      await session.run(`set role ${callRole}`);
      const before = await execute(operations, { statements });
      const failing = [...before].filter(([, outcomes]) => outcomes.some(({ kind }) => kind === 'failed'));
      if (failing.length > 0) throw new Error(`these do not work: ${JSON.stringify(failing)}`);
      if (measured.kind !== 'measured')
        throw new Error(`the cut refuses what works: ${JSON.stringify(measured)}`);
      return { operations, release: parse(formatRelease(measured.release)), statements, before };
    },
    async change(sql) {
      try {
        await session.run(`reset role; begin; ${sql}; commit`);
        return true;
      } catch (error) {
        if (!(error instanceof SqlFailure)) throw error;
        await session.run('rollback');
        return false;
      } finally {
        await session.run(`set role ${callRole}`);
      }
    },
    async look(cut) {
      const { release, statements, operations } = cut;
      const settings = { strict: false, accept: [], migrationLock: undefined, now: 0 };
      const verdict = await checkRelease(database, { release, statements, digest: 'd', ...settings });
      if (verdict.kind === 'unavailable' || verdict.kind === 'indeterminate')
        throw new Error(verdict.message);
      return { findings: verdict.findings, after: await execute(operations, cut) };
    },
  };
}

function parse(text: string): Release {
  const parsed = parseRelease(text, { file: 'releases/v1.0.0.yaml', id: 'v1.0.0' });
  if (!parsed.ok) throw new Error(`${JSON.stringify(parsed.problems)} in\n${text}`);
  return parsed.value;
}

interface Execution {
  readonly session: Awaited<ReturnType<typeof openOwner>>['session'];
  readonly operations: readonly RandomOperation[];
  readonly statements: ReadonlyMap<string, Statement>;
}

async function executeAll({ session, operations, statements }: Execution): Promise<Outcomes> {
  const outcomes = new Map<string, Outcome[]>();
  for (const { name, mode, inputs } of operations) {
    const statement = statements.get(name);
    if (statement === undefined) throw new Error(`no statement of ${name}`);
    const sets = [inputs, ...(inputs.some(({ isOptional }) => isOptional) ? [withoutOptional(inputs)] : [])];
    const done: Outcome[] = [];
    for (const given of sets) {
      const values = statement.parameters.map(
        (parameter) => given.find((input) => input.name === parameter)?.value ?? null,
      );
      done.push(await executeOne(session, { text: statement.text, mode, values }));
    }
    outcomes.set(name, done);
  }
  return outcomes;
}

function withoutOptional(inputs: RandomOperation['inputs']): RandomOperation['inputs'] {
  return inputs.filter(({ isOptional }) => !isOptional);
}

async function executeOne(
  session: Execution['session'],
  call: {
    readonly text: string;
    readonly mode: 'read' | 'write';
    readonly values: readonly (string | null)[];
  },
): Promise<Outcome> {
  const [description] = await session.describe([call.text]);
  await session.run(call.mode === 'read' ? 'begin read only' : 'begin');
  try {
    const rows = await session.query(call.text, call.values);
    // Checks that wait for the end of the transaction.
    await session.run('set constraints all immediate');
    const fields = description?.ok === true ? description.fields : [];
    const types = fields.map(({ name, type }) => `${name} ${type.schema}.${type.name}`);
    return { kind: 'done', types, rows: rows.length };
  } catch (error) {
    if (!(error instanceof SqlFailure)) throw error;
    const { sqlstate, message } = error.error;
    return { kind: 'failed', sqlstate, message };
  } finally {
    await session.run('rollback');
  }
}
