// The measuring part of `stk release cut`: is every operation sound on this schema, what does it use, and how is that
// made? Gives the finished release as a value. Reading the application and opening the database are others' work.
import { SqlFailure } from '../../database/sql-failure.ts';
import type { OwnerSession } from '../../database/owner-session.ts';
import { isBlocking, type Finding } from '../../model/finding.ts';
import type { Release } from '../../model/release.ts';
import { prepareStatement } from '../../sql/prepare-statement.ts';
import type { Statement } from '../../sql/statement.ts';
import { askDatabase } from '../ask-database.ts';
import type { CheckContext } from '../check-context.ts';
import { judge } from '../judge.ts';
import { measureBaseline } from '../measure-baseline.ts';
import { compareSchema, deriveSchema, type SchemaComparison } from './derive-schema.ts';
import { findUsedObjects, type DescribedOperation } from './used-objects.ts';

export interface MeasureRequest {
  /** Without a contract; its schema is empty where it is to be derived. */
  readonly draft: Release;
  readonly derivesSchema: boolean;
}

export type Measured =
  | {
      readonly kind: 'measured';
      readonly release: Release;
      /** For the author: what does not stop the cut. */
      readonly warnings: readonly string[];
      readonly findings: readonly Finding[];
    }
  | { readonly kind: 'incompatible'; readonly findings: readonly Finding[] }
  | { readonly kind: 'under-declared'; readonly missing: SchemaComparison['missing'] };

/** What a database grants or forbids now is no property of the release: it may be granted before it is promoted. */
const notOfTheRelease = /^(PRV|RLS|ENV|IND|MIG)/;

/** The SQL parser is loaded. Nothing stays in the database. Throws StkError `database-unavailable`, SqlFailure. */
export async function measureRelease(
  session: OwnerSession,
  { draft, derivesSchema }: MeasureRequest,
): Promise<Measured> {
  const statements = new Map(
    [...draft.operations.values()].flatMap((operation): [string, Statement][] =>
      operation.kind === 'sql' ? [[operation.name, prepareStatement(operation.sql)]] : [],
    ),
  );
  const context = await askDatabase(session, session.engine, { release: draft, statements });
  const findings = judge(context);
  const stops = (finding: Finding): boolean => isBlocking(finding) && !notOfTheRelease.test(finding.code);
  if (findings.some(stops)) return { kind: 'incompatible', findings };
  const { uses, guessed } = await findUsedObjects(session, listDescribed(context));
  const comparison = derivesSchema ? undefined : compareSchema(draft.schema, uses, guessed);
  if (comparison !== undefined && comparison.missing.length > 0)
    return { kind: 'under-declared', missing: comparison.missing };
  const release = derivesSchema ? { ...draft, schema: deriveSchema(uses) } : draft;
  const contract = await measureBaseline(session, session.engine, { release, statements });
  return {
    kind: 'measured',
    release: { ...release, contract },
    findings,
    warnings: [
      ...guessed.map(
        (name) => `what ${name} uses is taken from its words: PostgreSQL did not take it as a procedure`,
      ),
      ...(comparison?.warnings ?? []),
    ],
  };
}

function listDescribed({ operations }: CheckContext): DescribedOperation[] {
  return operations.flatMap(({ name, statement, description }) =>
    description?.ok === true ? [{ name, statement, description }] : [],
  );
}

/** A refusal of PostgreSQL in words, with its place where it named one. */
export function explainRefusal(thrown: unknown): string | undefined {
  return thrown instanceof SqlFailure
    ? `${thrown.error.message} (SQLSTATE ${thrown.error.sqlstate})`
    : undefined;
}
