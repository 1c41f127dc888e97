// Puts a fixture into a database, measures a release's baseline over it, changes the database, and then asks both: the check
// for its findings, and PostgreSQL for what each operation really does now.
import type { ExecuteOutcome } from '../../../src/database/database.ts';
import type { Finding } from '../../../src/model/finding.ts';
import { cutRelease } from './cut-release.ts';
import { aMeasuredRelease, anOperation, check, type Checked } from './checked-release.ts';
import type { Engine, OpenedDatabase } from '../databases/database.ts';
import { grantFixtureSql, broadSchema } from '../schemas/broad-schema.ts';
import type { Fixture } from './fixture.ts';

export interface FixtureRig {
  /** Makes the fixture anew, changes it, and gives what the check reports and what is so. */
  change(sql: string | readonly string[], options?: { readonly keepsGrants?: boolean }): Promise<Changed>;
  /** Makes the fixture anew, changes it, and gives what the check reports alone. */
  make(sql: string): Promise<readonly Finding[]>;
  /** Goes on from the last change, and gives what the check reports then. */
  apply(sql: readonly string[]): Promise<readonly Finding[]>;
  readonly opened: OpenedDatabase;
  readonly checked: Checked;
  close(): Promise<void>;
}

export interface Changed {
  readonly findings: readonly Finding[];
  /** Operations that fail now, or answer something else. */
  readonly broken: readonly string[];
}

/** The schema itself stays, with the grants that the engine gave its call role. */
export const emptySql = `do $$ declare command text; begin
  for command in
    select format('drop %s if exists %I cascade', case relkind when 'v' then 'view' when 'm' then 'materialized view' else 'table' end, relname)
    from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p', 'v', 'm') loop execute command; end loop;
  for command in select format('drop operator family if exists %I using btree cascade', opfname)
    from pg_opfamily where opfnamespace = current_schema()::regnamespace loop execute command; end loop;
  for command in select format('drop routine if exists %s cascade', oid::regprocedure)
    from pg_proc where pronamespace = current_schema()::regnamespace loop execute command; end loop;
  for command in select format('drop type if exists %I cascade', typname)
    from pg_type where typnamespace = current_schema()::regnamespace and typtype in ('e', 'd', 'c') loop execute command; end loop;
  for command in select format('drop sequence if exists %I cascade', relname)
    from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'S' loop execute command; end loop;
end $$;`;

/** `role` makes the calls. Roles are the whole server's: whoever alters one brings a name of its own. */
export async function openFixture(
  engine: Engine,
  { sql: makeSql, operations, isCut = false }: Fixture = broadSchema,
  role = 'fixture_caller',
): Promise<FixtureRig> {
  const opened = await engine.open({ role });
  const [row] = await opened.owner(`${emptySql} ${makeSql}; select current_schema() as schema`);
  const schema = row?.['schema'] ?? '';
  // The embedded engine's role owns its schema; the other schema is everybody's there.
  const grants = grantFixtureSql(engine.name === 'pglite' ? 'public' : role, schema);
  await opened.owner(grants);
  const checked = isCut
    ? await cutRelease('pglite', { sql: makeSql, operations: present(operations) })
    : await measured(opened, operations);
  const before = await executeAll(opened, checked, operations);
  const failing = [...before].filter(([, outcome]) => outcome.kind !== 'done');
  if (failing.length > 0) throw new Error(`the operations of the fixture fail: ${JSON.stringify(failing)}`);
  const look = async (): Promise<readonly Finding[]> => {
    const verdict = await check(opened, checked);
    if (verdict.kind === 'unavailable' || verdict.kind === 'indeterminate') throw new Error(verdict.message);
    return verdict.findings
      .filter(({ code }) => code !== 'ENV003')
      .map((finding) => ({ ...finding, object: finding.object.replace(`${schema}.`, 'public.') }));
  };
  return {
    opened,
    checked,
    close: () => opened.close(),
    async make(sql) {
      await opened.owner(emptySql, makeSql, sql, grants);
      return look();
    },
    async apply(sql) {
      await opened.owner(...sql);
      return look();
    },
    async change(sql, { keepsGrants = false } = {}) {
      await opened.owner(emptySql, makeSql, ...[sql].flat(), ...(keepsGrants ? [] : [grants]));
      const findings = await look();
      const after = await executeAll(opened, checked, operations);
      return {
        findings,
        broken: [...before].flatMap(([name, outcome]) => (isSame(outcome, after.get(name)) ? [] : [name])),
      };
    },
  };
}

/** A release of these operations, with what its baseline is now. */
export function measured(opened: OpenedDatabase, operations: Fixture['operations']): Promise<Checked> {
  return aMeasuredRelease(opened, { schema: {}, operations: present(operations) });
}

function present(operations: Fixture['operations']): object {
  const written = Object.entries(operations).map(([name, { sql, mode, required }]) => [
    name,
    anOperation(sql, mode, required),
  ]);
  return Object.fromEntries(written);
}

async function executeAll(
  { database }: OpenedDatabase,
  { statements }: Checked,
  operations: Fixture['operations'],
): Promise<ReadonlyMap<string, ExecuteOutcome>> {
  const outcomes = new Map<string, ExecuteOutcome>();
  for (const [index, [name, { mode, input, counts = false }]] of Object.entries(operations).entries()) {
    const statement = statements.get(name);
    if (statement === undefined) throw new Error(`no statement of ${name}`);
    const outcome = await database.execute({
      statement: { name: `m${index}`, text: statement.text, mode },
      values: statement.parameters.map((parameter) => input[parameter] ?? null),
      claims: undefined,
      wants: counts ? 'count' : 'rows',
      maxRows: 100,
    });
    outcomes.set(name, outcome);
  }
  return outcomes;
}

/** More columns than before are not reported. */
function isSame(before: ExecuteOutcome, after: ExecuteOutcome | undefined): boolean {
  if (before.kind !== 'done' || after?.kind !== 'done' || before.count !== after.count) return false;
  return before.rows.every((row, i) => {
    const [old, now] = [toMembers(row), toMembers(after.rows[i] ?? '{}')];
    return [...old].every(([name, value]) => now.get(name) === value);
  });
}

function toMembers(row: string): Map<string, string> {
  const parsed: unknown = JSON.parse(row);
  return new Map(
    Object.entries(typeof parsed === 'object' && parsed !== null ? parsed : {}).map(([name, value]) => [
      name,
      JSON.stringify(value),
    ]),
  );
}
