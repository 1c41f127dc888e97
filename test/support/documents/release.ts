// Builders of the three documents as YAML text. Each gives a valid document; name only what the test is about.
// A member given as undefined is left out. Whole documents are replaced member by member, never merged deeper.
import { stringify } from 'yaml';

export interface ReleaseParts {
  readonly release?: string | undefined;
  readonly ref?: string | undefined;
  readonly createdAt?: string | undefined;
  readonly notes?: string | undefined;
  readonly schema?: unknown;
  readonly contract?: unknown;
  readonly permissions?: unknown;
  readonly config?: unknown;
  readonly operations?: unknown;
  /** Any other member, to build a broken document. */
  readonly [member: string]: unknown;
}

/** A release of one constant and one query of `customers`, which role `reader` may call. */
export function aRelease(parts: ReleaseParts = {}): string {
  return asYaml({
    release: 'v1.0.0',
    ref: '3f2c1e9',
    createdAt: '2026-11-21T08:00:00Z',
    schema: { tables: { customers: { columns: { id: { type: 'integer' }, email: { type: 'text' } } } } },
    permissions: { reader: ['*'] },
    config: { greeting: 'hello' },
    operations: { about: { value: { product: 'shop' } }, 'customers.get': aQuery() },
    ...parts,
  });
}

/** An operation: one row of `customers` by id. */
export function aQuery(parts: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    input: {
      type: 'object',
      properties: { id: { type: 'integer' } },
      required: ['id'],
      additionalProperties: false,
    },
    sql: 'select id, email from customers where id = :id',
    returns: 'one',
    ...parts,
  };
}

/** A release that needs nothing of a database: constants only. */
export function aConstantRelease(release: string, value: unknown = { release }): string {
  return aRelease({ release, schema: undefined, config: { release }, operations: { about: { value } } });
}

/** A pointer file that names `release`. */
export function aPointer(release = 'v1.0.0'): string {
  return asYaml({ release });
}

export interface ProjectParts {
  readonly project?: string | undefined;
  readonly environments?: unknown;
  readonly limits?: unknown;
  readonly auth?: unknown;
  readonly hub?: string | undefined;
  readonly webhook?: unknown;
  readonly [member: string]: unknown;
}

/** A project `shop` with embedded environments dev and prod, open mode. */
export function aProject(parts: ProjectParts = {}): string {
  return asYaml({
    project: 'shop',
    environments: { dev: { database: { embedded: true } }, prod: { database: { embedded: true } } },
    ...parts,
  });
}

function asYaml(members: Readonly<Record<string, unknown>>): string {
  const present = Object.entries(members).filter(([, value]) => value !== undefined);
  return stringify(Object.fromEntries(present), { aliasDuplicateObjects: false });
}
