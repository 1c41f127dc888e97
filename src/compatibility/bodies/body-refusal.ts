// Decides from PostgreSQL's answer about a function's body whether a call of it must fail. PostgreSQL was asked as the
// caller. For a body that runs as its owner, the answer counts only when both may use the same schemas, and rights are
// compared name by name.
import type { Catalogue } from '../../model/catalogue.ts';
import type { AskedName, QualifiedName } from '../../model/qualified-name.ts';
import type { FunctionBody } from '../../model/function-body.ts';
import type { BodyAnalysis } from '../../sql/routine/analyse-body.ts';
import { findRelation, homeSchema, quote, quoteRelation, type CheckedBody } from '../check/check-context.ts';
import { mentions } from '../check/sql-failures.ts';
import { readSetting, runsAsCaller } from './function-bodies.ts';

export interface BodyRefusal {
  readonly sqlstate: string;
  readonly message: string;
  /** What the role that it runs as lacks on a table or view. */
  readonly lacking?: Lacking;
}

interface Lacking {
  readonly role: string;
  /** The privileges that the body needs, at least one of which is missing. */
  readonly privileges: readonly string[];
  readonly relation: string;
  readonly migration: string;
}

/** Messages about objects that were missing at the cut too, or that a body on the way creates. */
export type IsExpected = (message: string) => boolean;

/** `undefined` when no refusal is certain. */
export function readRefusal(
  catalogue: Catalogue,
  checked: CheckedBody,
  isExpected: IsExpected = () => false,
): BodyRefusal | undefined {
  const { body } = checked;
  const refused = checked.refused.find(({ error, isSure }) => isSure && !isExpected(error.message));
  const failure = checked.failure ?? refused?.error;
  const namesUser = namesItsUser(body);
  const isAlike = seesAlike(body);
  if (failure !== undefined && isAlike) return { sqlstate: failure.sqlstate, message: failure.message };
  if (runsAsCaller(body)) return readDenial(catalogue, checked);
  const lacking = namesUser ? undefined : findLacking(catalogue, checked, isAlike);
  return lacking !== undefined && isExpected(lacking.message) ? undefined : lacking;
}

/** What a call meets when it takes a certain branch. */
export function readDoubt({ body, refused }: CheckedBody, isExpected: IsExpected): BodyRefusal | undefined {
  const doubt = seesAlike(body) ? refused.find(({ error }) => !isExpected(error.message)) : undefined;
  return doubt === undefined ? undefined : { sqlstate: doubt.error.sqlstate, message: doubt.error.message };
}

/** A schema with a role's name does not appear in the function's text. */
function namesItsUser(body: FunctionBody): boolean {
  return readSetting(body, 'search_path')?.includes('$user') === true;
}

/** PostgreSQL, asked as the caller, finds what the function finds. */
function seesAlike(body: FunctionBody): boolean {
  return (
    !body.isDefiner ||
    (!namesItsUser(body) && body.schemas.every(({ usable, usableInside }) => usable === usableInside))
  );
}

function readDenial(catalogue: Catalogue, { analysis, denial }: CheckedBody): BodyRefusal | undefined {
  if (denial === undefined) return undefined;
  const { sqlstate, message } = denial;
  const named = (analysis?.relations ?? []).filter(({ name }) => mentions(denial, name));
  const [first] = named;
  if (first === undefined) return { sqlstate, message };
  const { schema = findRelation(catalogue, first)?.schema ?? homeSchema(catalogue), name } = first;
  const privileges = new Set(named.flatMap(({ access }) => (access === 'merge' ? [] : toPrivilege(access))));
  return {
    sqlstate,
    message,
    lacking: writeLacking({ schema, name }, catalogue.role, [...privileges].sort()),
  };
}

/** `isFound`: PostgreSQL found what the body names. */
function findLacking(
  catalogue: Catalogue,
  { body, analysis }: CheckedBody,
  isFound: boolean,
): BodyRefusal | undefined {
  // Other statements need other rights.
  if (analysis?.isPlain !== true) return undefined;
  const role = body.isDefiner ? body.owner : catalogue.role;
  const path = readPath(catalogue, body, role);
  for (const { access, schema, name } of analysis.relations) {
    if (schema?.startsWith('pg_temp') === true) continue;
    const found = (schema === undefined ? path : [schema]).flatMap((space) =>
      body.relations.filter((one) => one.name === name && one.schema === space),
    );
    const written = schema === undefined ? name : `${schema}.${name}`;
    if (found.length === 0 && isFound) continue;
    if (found.length === 0) return { sqlstate: '42P01', message: `relation "${written}" does not exist` };
    const relation = found.find((one) =>
      body.schemas.some((space) => space.name === one.schema && space.usableInside),
    );
    if (relation === undefined)
      return { sqlstate: '42501', message: `permission denied for schema ${found[0]?.schema ?? ''}` };
    if (access === 'merge' || relation[toPrivilege(access)]) continue;
    const lacking = writeLacking(relation, role, [toPrivilege(access)]);
    return {
      sqlstate: '42501',
      message: `role ${role} has no ${toPrivilege(access).toUpperCase()} on ${lacking.relation}`,
      lacking,
    };
  }
  return undefined;
}

type Access = BodyAnalysis['relations'][number]['access'];

function toPrivilege(access: Exclude<Access, 'merge'>): Exclude<Access, 'merge' | 'read'> | 'select' {
  return access === 'read' ? 'select' : access;
}

function writeLacking(relation: QualifiedName, role: string, privileges: readonly string[]): Lacking {
  const migration = `grant ${privileges.join(', ')} on ${quoteRelation(relation)} to ${quote(role)};`;
  return { role, privileges, relation: `${relation.schema}.${relation.name}`, migration };
}

/** The schemas in which PostgreSQL looks for an unqualified name. */
function readPath(catalogue: Catalogue, body: FunctionBody, role: string): string[] {
  const own = readSetting(body, 'search_path');
  if (own === undefined) {
    const named = catalogue.schemas.filter(({ rank }) => rank >= 0);
    return named.toSorted((a, b) => a.rank - b.rank).map(({ name }) => name);
  }
  const parts = [...own.matchAll(/"((?:[^"]|"")*)"|[^,\s]+/g)].map(([part, quoted]) =>
    quoted === undefined ? part.toLowerCase() : quoted.replaceAll('""', '"'),
  );
  const path = parts.map((part) => (part === '$user' ? role : part));
  return path.includes('pg_catalog') ? path : ['pg_catalog', ...path];
}

/** Whether the object is that of `relation "a.b" does not exist`. */
export function isNamed(object: string, { schema, name }: AskedName): boolean {
  return schema === undefined ? object.endsWith(`.${name}`) : object === `${schema}.${name}`;
}
