// The one way into this folder: what the check, the cut and the rules ask about the bodies of functions that a release
// calls. How a body is read, and who calls it, is known to the other files alone.
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
  /** `answers`: what PostgreSQL said of those statements. */
  check(answers: AnsweredStatements): Promise<readonly CheckedBody[]>;
}

/** Asks PostgreSQL about every body in the catalogue. */
export async function askAboutBodies(session: Inspection, catalogue: Catalogue): Promise<AskedBodies> {
  const asked = await askBodies(session, catalogue);
  return {
    texts: asked.flatMap(({ statements }) =>
      statements.flatMap(({ text, description }) => (description === undefined ? [text] : [])),
    ),
    check: (answers) => findMakers(session, toChecked(asked, answers)),
  };
}

/** What a release remembers of the bodies that it calls: see {@link measureBodies}. */
export function measureCalledBodies(
  session: Inspection,
  context: CheckContext,
  further: readonly AskedName[],
): Promise<Pick<Contract, 'bodies' | 'absent'>> {
  return measureBodies(session, context, further);
}

/** Functions of these names that fail whenever they are called, in a sentence each: for who cuts a release. */
export function sayBrokenBodies(session: Inspection, names: readonly AskedName[]): Promise<string[]> {
  return sayBroken(session, names);
}

export interface Refusals {
  /** Everything that PostgreSQL refused of what the release runs: statements and bodies. */
  readonly failures: readonly SqlError[];
  /** A time limit that came before a statement of a body had a plan. */
  readonly unplanned: SqlError | undefined;
  /** The same fingerprint has the same findings next time. */
  readonly isRepeatable: boolean;
}

export function listRefusals(context: CheckContext): Refusals {
  const unplanned = findUnplanned(context);
  const isRepeatable = unplanned === undefined && !followsUnknown(context);
  return { failures: failuresOf(context), unplanned, isRepeatable };
}

export interface Called {
  readonly called: CheckedBody;
  /** Operations whose every call comes to it. */
  readonly sure: readonly string[];
  /** Those that come to it where a branch is taken. */
  readonly possible: readonly string[];
}

export interface Writer extends Called {
  /** Names of tables that it writes whenever it runs. */
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
