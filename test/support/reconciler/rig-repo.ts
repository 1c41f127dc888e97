// The config repo that a reconciler's tests begin with: dev and prod on v1, releases that fit, and one that waits for a
// migration.
import {
  aConstantRelease,
  aPointer,
  aProject,
  aQuery,
  aRelease,
  type ProjectParts,
} from '../documents/release.ts';
import { rigDatabase } from './rig-databases.ts';

/** Environments dev and prod, each on its database of the rig. */
export function aRigProject(parts: ProjectParts = {}): string {
  const environments = { dev: { database: rigDatabase('dev') }, prod: { database: rigDatabase('prod') } };
  return aProject({ environments, ...parts });
}

/** Limits under which a check waits for a lock as long as a test may want it to. */
export const patient: ProjectParts = { limits: { lock: '180s', statement: '180s' } };

/** A release that reads `customers` and fits the rig's databases. */
export function aCustomerRelease(release: string, parts: Readonly<Record<string, unknown>> = {}): string {
  return aRelease({ release, ...parts });
}

/** A release that reads what only `tierMigration` adds. */
export function aTierRelease(release: string): string {
  const tier = { type: 'text', nullable: true };
  const columns = { id: { type: 'integer' }, email: { type: 'text' }, tier };
  const get = aQuery({ sql: 'select id, email, tier from customers where id = :id' });
  return aRelease({
    release,
    schema: { tables: { customers: { columns } } },
    operations: { 'customers.get': get },
  });
}

export function aRigRepo(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    'stk.yaml': aRigProject(),
    'environments/dev.yaml': aPointer('v1'),
    'environments/prod.yaml': aPointer('v1'),
    'releases/v1.yaml': aConstantRelease('v1'),
    'releases/v2.yaml': aCustomerRelease('v2'),
    'releases/v3.yaml': aConstantRelease('v3'),
    'releases/tier.yaml': aTierRelease('tier'),
    ...more,
  };
}

export function toProd(release: string): Record<string, string> {
  return { 'environments/prod.yaml': aPointer(release) };
}
