// The measuring part of `stk release cut`: is every operation sound on this schema, what does it use, and how is that
// defined? Returns the finished release as a value. It does not read the application or open the database.
import type { OwnerSession } from '../../database/session/owner-session.ts';
import { isBlocking, type Finding } from '../../model/finding.ts';
import type { Release } from '../../model/release.ts';
import { prepareStatement } from '../../sql/prepare-statement.ts';
import type { Statement } from '../../sql/statement.ts';
import { askDatabase } from '../check/ask-database.ts';
import { parseName, type CheckContext } from '../check/check-context.ts';
import { sayBrokenBodies } from '../bodies/called-bodies.ts';
import { nameInSignature, writeSignature } from '../facts/signature.ts';
import { judge } from '../check/judge.ts';
import { measureBaseline } from '../measure/measure-baseline.ts';
import { compareSchema, deriveSchema, type SchemaComparison } from './derive-schema.ts';
import { findUsedObjects, type DescribedOperation, type UsedObjects } from './used-objects.ts';

export interface MeasureReleaseRequest {
  /** Without a contract; its schema is empty when it is to be derived. */
  readonly draft: Release;
  readonly derivesSchema: boolean;
}

export type Measured =
  | {
      readonly kind: 'measured';
      readonly release: Release;
      /** For the author: problems that do not stop the cut. */
      readonly warnings: readonly string[];
      readonly findings: readonly Finding[];
    }
  | { readonly kind: 'incompatible'; readonly findings: readonly Finding[] }
  | { readonly kind: 'under-declared'; readonly missing: SchemaComparison['missing'] };

/**
 * A database's current grants, filters and rows are not properties of the release: they may change before the
 * promotion. A dump of a schema creates materialized views without their data.
 */
function softenFinding(finding: Finding): Finding[] {
  if (/^(ENV|IND|MIG|REL005)/.test(finding.code)) return [];
  return [/^(PRV|RLS)/.test(finding.code) ? { ...finding, severity: 'warn' } : finding];
}

/** Needs the loaded SQL parser. Leaves nothing in the database. Throws StkError `database-unavailable`, SqlFailure. */
export async function measureRelease(
  session: OwnerSession,
  { draft, derivesSchema }: MeasureReleaseRequest,
): Promise<Measured> {
  const statements = new Map(
    [...draft.operations.values()].flatMap((operation): [string, Statement][] =>
      operation.kind === 'sql' ? [[operation.name, prepareStatement(operation.sql)]] : [],
    ),
  );
  const context = await askDatabase(session, session.engine, { release: draft, statements });
  const findings = (await judge(context)).flatMap(softenFinding);
  if (findings.some(isBlocking)) return { kind: 'incompatible', findings };
  const { uses, guessed } = await findUsedObjects(session, listDescribed(context));
  const comparison = derivesSchema ? undefined : compareSchema(draft.schema, uses, guessed);
  if (comparison !== undefined && comparison.missing.length > 0)
    return { kind: 'under-declared', missing: comparison.missing };
  const release = derivesSchema ? { ...draft, schema: deriveSchema(uses) } : draft;
  const contract = await measureBaseline(session, session.engine, {
    release,
    statements,
    calls: listCalls(context, { uses, guessed }),
    columns: uses.flatMap((use) => (use.kind === 'column' && !guessed.includes(use.operation) ? [use] : [])),
  });
  const called = [...[...contract.functions.keys()].map(parseName), ...contract.bodies.map(nameInSignature)];
  const broken = await sayBrokenBodies(session, called);
  return {
    kind: 'measured',
    release: { ...release, contract },
    findings,
    warnings: [
      ...guessed.map(
        (name) => `what ${name} uses is guessed from its words: PostgreSQL did not accept it as a procedure`,
      ),
      ...broken,
      ...(comparison?.warnings ?? []),
    ],
  };
}

function listDescribed({ operations }: CheckContext): DescribedOperation[] {
  return operations.flatMap(({ name, statement, description }) =>
    description?.ok === true ? [{ name, statement, description }] : [],
  );
}

/** As the contract names functions. PostgreSQL has decided which one of several with a name an operation calls. */
function listCalls(
  { catalogue, operations }: CheckContext,
  { uses, guessed }: UsedObjects,
): ReadonlyMap<string, readonly string[]> {
  const known = operations.filter(({ name }) => !guessed.includes(name));
  return new Map(
    known.map(({ name: operation }): [string, string[]] => [
      operation,
      uses.flatMap((use) => {
        if (use.kind !== 'function' || use.operation !== operation) return [];
        return [writeSignature(catalogue, { ...use.function, argumentTypes: use.argumentTypes })];
      }),
    ]),
  );
}
