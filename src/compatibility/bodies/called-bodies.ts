// The only entry to this folder: what the check, the cut and the rules need to know about the bodies of functions that
// a release calls. The other files read bodies and find their callers.
import type { Inspection, SqlError } from '../../database/database.ts';
import type { Catalogue } from '../../model/catalogue.ts';
import type { Contract } from '../../model/contract.ts';
import type { AskedName } from '../../model/qualified-name.ts';
import type { CheckContext, CheckedBody, Rule } from '../check/check-context.ts';
import { callersOf, failuresOf, findUnplanned } from './body-callers.ts';
import { findFunctionBodyBroken } from './function-body-broken.ts';
import { askBodies, toChecked } from './function-bodies.ts';
import { measureBodies, sayBroken } from './measure-bodies.ts';
import type { AnsweredStatements } from './statement-refusals.ts';
import { findMakers, followsUnknown } from './table-makers.ts';
import { listWritten } from './written-tables.ts';

export interface AskedBodies {
  /** Statements inside bodies that are to be described and planned with those of the release. */
  readonly texts: readonly string[];
  /** `answers`: PostgreSQL's answers about those statements. */
  check(answers: AnsweredStatements): Promise<readonly CheckedBody[]>;
}

/** Checks every body in the catalogue with PostgreSQL. */
export async function askAboutBodies(session: Inspection, catalogue: Catalogue): Promise<AskedBodies> {
  const asked = await askBodies(session, catalogue);
  return {
    texts: asked.flatMap(({ statements }) =>
      statements.flatMap(({ text, description }) => (description === undefined ? [text] : [])),
    ),
    check: (answers) => findMakers(session, toChecked(asked, answers)),
  };
}

/** What a release remembers about the bodies that it calls: see {@link measureBodies}. */
export function measureCalledBodies(
  session: Inspection,
  context: CheckContext,
  further: readonly AskedName[],
): Promise<Pick<Contract, 'bodies' | 'absent'>> {
  return measureBodies(session, context, further);
}

/** Functions of these names that fail whenever they are called, one sentence each, for the person who cuts a release. */
export function sayBrokenBodies(session: Inspection, names: readonly AskedName[]): Promise<string[]> {
  return sayBroken(session, names);
}

export interface Refusals {
  /** Every refusal by PostgreSQL of what the release runs: statements and bodies. */
  readonly failures: readonly SqlError[];
  /** A time limit that ended the planning of a body's statement. */
  readonly unplanned: SqlError | undefined;
  /** Whether the same fingerprint gives the same findings next time. */
  readonly isRepeatable: boolean;
}

export function listRefusals(context: CheckContext): Refusals {
  const unplanned = findUnplanned(context);
  const isRepeatable = unplanned === undefined && !followsUnknown(context);
  return { failures: failuresOf(context), unplanned, isRepeatable };
}

export interface Called {
  readonly called: CheckedBody;
  /** Operations whose every call reaches it. */
  readonly sure: readonly string[];
  /** Operations that reach it only in a branch. */
  readonly possible: readonly string[];
}

export interface Writer extends Called {
  /** Names of tables that it writes on every run. */
  readonly written: readonly string[];
}

export function listCalled(context: CheckContext): Called[] {
  return [...callersOf(context)].map(([called, { sure, possible }]) => ({ called, sure, possible }));
}

/** Functions that operations call and that write tables or lock rows. */
export function listWriters(context: CheckContext): Writer[] {
  return [...callersOf(context)].flatMap(([called, { sure, possible }]): Writer[] => {
    const written = listWritten(called);
    const does = written.length > 0 || called.analysis?.locksRows === true;
    return does ? [{ called, written, sure, possible }] : [];
  });
}

/** FUN005. */
export const findBrokenBodies: Rule = (context) => findFunctionBodyBroken(context);
