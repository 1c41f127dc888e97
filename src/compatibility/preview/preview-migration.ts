// Shows the effects of a migration before it runs on the environment. It is applied in a scratch database with the
// environment's schema, and every relevant release is checked before and after. Nothing here touches the environment.
import type { OwnerSession } from '../../database/session/owner-session.ts';
import { StkError } from '../../kernel/errors.ts';
import { isBlocking, type Finding } from '../../model/finding.ts';
import type { Release } from '../../model/release.ts';
import { prepareStatement } from '../../sql/prepare-statement.ts';
import { applySettings, type CheckSettings } from '../check/apply-settings.ts';
import { findAtRest, type ReleaseToFind } from '../check/find-at-rest.ts';
import { runStatements, type StatementEffect } from './run-statements.ts';

export interface MigrationText {
  /** For messages. */
  readonly file: string;
  readonly sql: string;
}

export interface PreviewRequest {
  readonly files: readonly MigrationText[];
  readonly releases: readonly Release[];
  readonly settings: CheckSettings;
  readonly signal: AbortSignal;
}

export interface ReleasePreview {
  readonly release: string;
  /** `breaks`: it fits now and would not; `fits-after`: it fits only then; `does-not-fit`: neither now nor then. */
  readonly verdict: 'fits' | 'breaks' | 'fits-after' | 'does-not-fit';
  /** Findings of the check after the migration. */
  readonly findings: readonly Finding[];
}

export interface FilePreview {
  readonly file: string;
  readonly statements: readonly StatementEffect[];
  /** The place where PostgreSQL refuses it; `undefined` when it runs. */
  readonly failure: { readonly line: number; readonly message: string } | undefined;
}

export interface MigrationPreview {
  readonly files: readonly FilePreview[];
  readonly releases: readonly ReleasePreview[];
}

/** Needs the loaded SQL parser. `session`: a scratch database, which is changed. Throws StkError `indeterminate`. */
export async function previewMigration(
  session: OwnerSession,
  { files, releases, settings, signal }: PreviewRequest,
): Promise<MigrationPreview> {
  const asked = releases.map(toFind);
  const before = await check(session, asked, { settings, signal });
  const previews: FilePreview[] = [];
  for (const { file, sql } of files) {
    signal.throwIfAborted();
    const ran = await runStatements(session, sql);
    const failure = ran.ok ? undefined : { line: ran.line, message: ran.message };
    previews.push({ file, statements: ran.effects, failure });
    // Later migrations would run in a database that nobody will have.
    if (!ran.ok) return { files: previews, releases: [] };
  }
  const after = await check(session, asked, { settings, signal });
  return {
    files: previews,
    releases: asked.map(({ release, digest }): ReleasePreview => {
      const findings = after.get(digest) ?? [];
      const [fitted, fits] = [before, after].map((found) => !(found.get(digest) ?? []).some(isBlocking));
      const verdict =
        fits === true
          ? fitted === true
            ? 'fits'
            : 'fits-after'
          : fitted === true
            ? 'breaks'
            : 'does-not-fit';
      return { release: release.release, verdict, findings };
    }),
  };
}

function toFind(release: Release): ReleaseToFind {
  const statements = [...release.operations.values()].flatMap((operation) =>
    operation.kind === 'sql' ? [[operation.name, prepareStatement(operation.sql)] as const] : [],
  );
  return { release, statements: new Map(statements), digest: release.release };
}

async function check(
  session: OwnerSession,
  releases: readonly ReleaseToFind[],
  { settings, signal }: Pick<PreviewRequest, 'settings' | 'signal'>,
): Promise<ReadonlyMap<string, readonly Finding[]>> {
  if (releases.length === 0) return new Map();
  const hint = 'Run it again.';
  const found = await findAtRest(session.engine, session, {
    releases,
    settings,
    cache: undefined,
    answers: undefined,
    needsPlans: false,
    hint,
    signal,
  });
  if ('kind' in found) throw new StkError('indeterminate', found.message, { hint });
  return new Map(
    [...found.findings].map(([digest, findings]) => [
      digest,
      applySettings(findings.filter(isOfSchema), settings).filter(isOfSchema),
    ]),
  );
}

/** A scratch database differs from the environment in its login, roles and settings. */
function isOfSchema({ code }: Finding): boolean {
  return !/^(ENV|IND)/.test(code);
}
