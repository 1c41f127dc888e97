// What is wrong with the migrations of an environment for one release: findings MIG001 to MIG006. A waiver only accepts
// a missing way down or the destruction of data. Pure.
import type { Finding } from '../../model/finding.ts';
import type { JudgedWaiver, MigrationPosture, PendingMigration } from '../../model/migration.ts';
import { findingCodes, type FindingCode } from '../check/finding-codes.ts';
import { findNamed } from './keys.ts';
import { ledgerReaders } from './ledgers/ledger-readers.ts';
import type { LedgerComparison } from './compare-ledger.ts';

export interface PostureQuestion extends LedgerComparison {
  readonly environment: string;
  /** The release's `upTo`; `undefined` when it has none, or there is no release. */
  readonly upTo: string | undefined;
  readonly waivers: readonly JudgedWaiver[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

export function judgePosture(question: PostureQuestion): readonly Finding[] {
  const { posture, upTo, environment } = question;
  if (posture.unreadable !== undefined)
    return [
      finding('MIG004', posture.table, {
        expected: 'the migrations and their ledger can be read',
        actual: posture.unreadable,
        hint: `Correct environments.${environment}.migrations of stk.yaml, or run the tool once: ${upOf(posture)}`,
      }),
    ];
  const due = listDue(question);
  return [
    ...(due === undefined && upTo !== undefined ? [notThere(question, upTo)] : []),
    ...(upTo === undefined ? [] : (due ?? []).map((one) => pendingBefore(question, one, upTo))),
    ...posture.changed.map(({ name }) =>
      finding('MIG002', name, {
        expected: 'the file that was applied',
        actual: 'another file under the same name',
        hint: 'Restore the file from git, and put the change into a new migration.',
      }),
    ),
    ...posture.unknown.map((name) =>
      finding('MIG003', name, {
        expected: 'a file for every migration that was applied',
        actual: 'applied, and no file has this name',
        hint: 'Commit the migration to the config repo; the database is ahead of it.',
      }),
    ),
    ...(due ?? posture.pending).flatMap((one) => judgePending(question, one)),
  ];
}

/** The migrations that the release needs; all without `upTo`. `undefined` when the named migration does not exist. */
function listDue({ posture, migrations, upTo }: PostureQuestion): readonly PendingMigration[] | undefined {
  if (upTo === undefined) return posture.pending;
  const last = findNamed(migrations, upTo);
  if (last === undefined) return undefined;
  const position = migrations.indexOf(last);
  const wanted = new Set(
    migrations.filter((one, i) => i <= position || one.isRepeatable).map(({ path }) => path),
  );
  return posture.pending.filter(({ path }) => wanted.has(path));
}

function notThere({ posture }: PostureQuestion, upTo: string): Finding {
  return finding('MIG001', upTo, {
    expected: 'a migration of this name, applied',
    actual: 'no file has this name, or several have',
    hint: `Commit the migration, then apply it: ${upOf(posture)}`,
  });
}

function pendingBefore({ posture }: PostureQuestion, { name }: PendingMigration, upTo: string): Finding {
  const isFailed = posture.failed.includes(name);
  return finding('MIG001', name, {
    expected: `applied, since the release needs the migrations up to ${upTo}`,
    actual: isFailed ? 'started and not finished' : 'pending',
    hint: isFailed
      ? `Fix what stopped it, as ${posture.tool} documents, then: ${upOf(posture)}`
      : `Apply it: ${upOf(posture)}`,
  });
}

function judgePending(question: PostureQuestion, one: PendingMigration): Finding[] {
  const { name, wayDown, losses } = one;
  const waiver = waiverOf(question, name);
  if (waiver?.refusal === undefined && waiver !== undefined) return [];
  const ask = `Add waivers/${name}.yaml with migration and reason; it counts when a person with the role migration-waiver commits it.`;
  const actual = waiver === undefined ? '' : `; its waiver does not count: ${waiver.refusal}`;
  const found: Finding[] = [];
  if (wayDown !== 'yes')
    found.push(
      finding('MIG005', name, {
        expected: 'a way down, or a waiver',
        actual: `${wayDown === 'no' ? 'missing' : 'unknown'}${actual}`,
        hint: `Write its way down. ${ask}`,
      }),
    );
  if (losses !== undefined && losses.length > 0)
    found.push(
      finding('MIG006', name, {
        expected: 'a migration that keeps the data, or a waiver',
        actual: `it ${losses.join('; it ')}${actual}`,
        hint: `Keep the data until no release needs it. ${ask}`,
      }),
    );
  return found;
}

/** A waiver in force comes before an expired one. */
function waiverOf({ waivers, migrations, now }: PostureQuestion, name: string): JudgedWaiver | undefined {
  const own = waivers.filter(({ migration }) => findNamed(migrations, migration)?.name === name);
  const judged = own.map((one) =>
    one.refusal === undefined && one.until !== undefined && one.until <= now
      ? { ...one, refusal: `it expired at ${new Date(one.until).toISOString()}` }
      : one,
  );
  return judged.find(({ refusal }) => refusal === undefined) ?? judged[0];
}

function upOf({ tool }: MigrationPosture): string {
  return ledgerReaders[tool].commands.up;
}

function finding(
  code: FindingCode,
  object: string,
  said: Pick<Finding, 'expected' | 'actual' | 'hint'>,
): Finding {
  return { code, ...findingCodes[code], object, operations: [], ...said };
}
