// Puts `stk release cut` together: reads the application, opens the database that has its schema, measures, writes the
// document and reads it back as the Hub will. Loaded by main.ts for that one command.
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { CutAnswer, CutRequest } from '../cli/services.ts';
import { openMigratedScratch } from '../compatibility/cut/apply-migrations.ts';
import { measureRelease } from '../compatibility/cut/measure-release.ts';
import { readApplication, type Application } from '../compatibility/cut/read-application.ts';
import { readMigrations } from '../compatibility/cut/read-migrations.ts';
import type { OwnerSession } from '../database/session/owner-session.ts';
import { SqlFailure } from '../database/sql-failure.ts';
import type { Clock } from '../kernel/clock.ts';
import { StkError } from '../kernel/errors.ts';
import { formatRelease } from '../documents/release/format-release.ts';
import { maxReleaseBytes, parseRelease } from '../documents/release/parse-release.ts';
import { formatProblems } from '../model/problem.ts';
import type { Release } from '../model/release.ts';
import { createReleaseCompiler } from '../serving/compile/compile-release.ts';
import { loadSqlParser } from '../sql/prepare-statement.ts';
import { openEnvironment, readProject } from './open-environment.ts';

export interface CutWorld {
  readonly clock: Clock;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Throws StkError for problems that neither the application nor the release causes. */
export async function runCut(request: CutRequest, world: CutWorld): Promise<CutAnswer> {
  const read = await readApplication(request.application, request.label);
  if (!read.ok) return invalid(formatProblems(read.problems));
  const draft = draftOf(read.application, request);
  const problems = await findProblems(read.application, draft);
  if (problems !== '') return invalid(problems);
  await loadSqlParser();
  const opened = await openSchema(request, world);
  if (!('session' in opened)) return opened;
  try {
    request.onProgress(`Measuring ${draft.operations.size} operations …`);
    const measured = await measureRelease(opened.session, {
      draft,
      derivesSchema: read.application.source.derivesSchema,
    });
    if (measured.kind !== 'measured') return measured;
    const { release, warnings, findings } = measured;
    return {
      kind: 'cut',
      document: writeDocument(release),
      warnings: [...opened.warnings, ...warnings],
      findings,
      derivedSchema: read.application.source.derivesSchema,
      tables: release.schema.tables.size,
      operations: release.operations.size,
    };
  } catch (error) {
    if (!(error instanceof SqlFailure)) throw error;
    const { message, sqlstate } = error.error;
    throw new StkError(
      'indeterminate',
      `The database could not be measured: ${message} (SQLSTATE ${sqlstate}).`,
      {
        hint: 'If another session is changing the schema, wait until it ends, then cut again.',
        cause: error,
      },
    );
  } finally {
    await opened.close();
  }
}

function invalid(lines: string): CutAnswer {
  return { kind: 'invalid', problems: lines.split('\n') };
}

function draftOf({ source, operations }: Application, { release, ref, createdAt }: CutRequest): Release {
  const { notes, schema, permissions, config, migrationsUpTo, files, smoke } = source;
  return {
    release,
    ref,
    createdAt,
    notes,
    schema,
    contract: undefined,
    permissions,
    config,
    operations,
    migrationsUpTo,
    files,
    smoke,
  };
}

/** The Hub's compiler's problems with the release, reported at their places in release.yaml. */
async function findProblems({ report, problems }: Application, draft: Release): Promise<string> {
  const text = formatRelease(draft);
  const compiler = createReleaseCompiler();
  try {
    const blob = createHash('sha256').update(text).digest('hex');
    const file = `releases/${draft.release}.yaml`;
    const outcome = await compiler.compile({ text, file, id: draft.release, blob });
    if (!outcome.ok) for (const { pointer, message } of outcome.problems) report(pointer, message);
    return formatProblems(problems());
  } finally {
    await compiler.close();
  }
}

interface OpenedSchema {
  readonly session: OwnerSession;
  readonly warnings: readonly string[];
  close(): Promise<void>;
}

async function openSchema(request: CutRequest, world: CutWorld): Promise<OpenedSchema | CutAnswer> {
  const { application, label, repository, signal, onProgress } = request;
  if (request.schemaFrom !== undefined) return openLive(request.schemaFrom, request, world);
  const read = await readMigrations(application, { label, repository });
  if (!read.ok) return { kind: 'invalid', problems: [read.message] };
  const { migrations, warnings } = read;
  onProgress(
    `Starting a scratch database for ${migrations.length === 1 ? '1 migration' : `${migrations.length} migrations`} (some seconds) …`,
  );
  const session = await openMigratedScratch({ migrations, clock: world.clock, signal });
  return { session, warnings, close: () => session.close() };
}

async function openLive(
  { environment, root, stateDirectory }: NonNullable<CutRequest['schemaFrom']>,
  { onProgress }: CutRequest,
  world: CutWorld,
): Promise<OpenedSchema | CutAnswer> {
  const project = await readProject(root);
  if (!project.ok) return invalid(formatProblems(project.problems));
  const place = { project: project.value, environment, stateDirectory };
  const opened = await openEnvironment(place, { ...world, onProgress });
  return { ...opened, warnings: [] };
}

/** Read back, so that exactly what was measured is committed. Throws `too-large`. */
function writeDocument(release: Release): string {
  const document = formatRelease(release);
  const bytes = Buffer.byteLength(document);
  if (bytes > maxReleaseBytes)
    throw new StkError(
      'too-large',
      `The release has ${bytes} bytes; at most ${maxReleaseBytes} are allowed.`,
      {
        hint: 'Split it, or shorten its SQL, its schemas or its config.',
      },
    );
  const file = `releases/${release.release}.yaml`;
  const parsed = parseRelease(document, { file, id: release.release });
  if (!parsed.ok)
    throw new StkError(
      'internal',
      `The release that was written does not parse: ${formatProblems(parsed.problems)}`,
    );
  if (
    formatRelease(parsed.value) !== document ||
    !isDeepStrictEqual(parsed.value.operations, release.operations)
  )
    throw new StkError(
      'internal',
      `The release ${release.release} changes when it is written and read again.`,
    );
  return document;
}
