// `stk db preview`: which releases a migration would break, and what it locks and rewrites. Checks every release that
// the environment serves, should serve, or can be rolled back to.
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { StkError } from '../../../kernel/errors.ts';
import type { Project } from '../../../model/project.ts';
import type { Release } from '../../../model/release.ts';
import { parseRelease } from '../../../documents/release/parse-release.ts';
import { rollbackTargets } from '../../../promotion/rollback-targets.ts';
import { requireEnvironment, type CommandContext } from '../../context.ts';
import { readProjectAt } from '../../govern/read-policy.ts';
import { formatPreview, formatPreviewAsMarkdown, type PreviewReport } from '../../print/preview-report.ts';
import { findStateDirectory } from '../../repo/find-embedded.ts';
import type { LocalRepo } from '../../repo/local-repo.ts';
import { readTextFile } from '../../repo/read-text-file.ts';
import type { PreviewAnswer } from '../../services.ts';
import { releaseOf } from '../release/release-promote.ts';

export interface PreviewOptions {
  readonly env: string;
  readonly format: 'text' | 'markdown' | 'json';
  readonly urlFrom?: string;
  readonly state?: string;
  readonly json?: boolean;
}

const maxBytes = 64 * 1024 * 1024;
/** The most rollback targets, the newest ones. */
const maxTargets = 100;

/**
 * Exit code 3: it breaks a release that fits now, or fails. 5: uncertain, because the scratch database differs from the
 * environment.
 */
export async function previewFiles(
  context: CommandContext,
  files: readonly string[],
  options: PreviewOptions,
): Promise<number> {
  const { env: environment } = options;
  const { services, output, root } = context;
  requireEnvironment(context.identity, environment);
  const repo = await context.openRepo();
  const tip = await repo.tip();
  const project = await readProjectAt(repo, tip);
  const folder = resolve(root, project.environments.get(environment)?.migrations?.dir ?? '.');
  const texts = await Promise.all(
    files.map(async (file) => {
      const path = resolve(services.workingDirectory, file);
      const hint = `Name a migration: stk db preview FILE.sql --env ${environment}`;
      const text = await readTextFile({ path, maxBytes, hint });
      const below = relative(folder, path);
      const isInside = below !== '' && !below.startsWith('..') && !isAbsolute(below);
      return { file, inFolder: isInside ? below.split(sep).join('/') : undefined, text };
    }),
  );
  const asked = await listReleases(context, { repo, tip, environment, project });
  const answer = await services.previewMigration({
    environment,
    root,
    stateDirectory: await findStateDirectory(context, options),
    files: texts,
    releases: asked.map(({ document }) => document),
    urlFrom: options.urlFrom,
    signal: services.interrupted,
    onProgress: (line) => output.narrate(output.onStderr('dim', line)),
  });
  const standings = new Map(asked.map(({ document, standing }) => [document.release, standing]));
  const report: PreviewReport = {
    environment,
    verdict: verdictOf(answer),
    ...answer,
    releases: answer.releases.map((one) => ({ ...one, standing: standings.get(one.release) ?? '' })),
  };
  const value = {
    project: context.project,
    environment,
    verdict: report.verdict,
    files: report.files.map(({ failure, ...one }) => ({ ...one, failure: failure ?? null })),
    releases: report.releases,
    appliedFirst: report.appliedFirst,
    differences: report.differences,
  };
  const text = {
    text: () => formatPreview(report),
    markdown: () => formatPreviewAsMarkdown(report),
    json: () => JSON.stringify(value, undefined, 2),
  }[options.format]();
  output.result(value, text);
  return { safe: 0, breaks: 3, fails: 3, 'not-sure': 5 }[report.verdict];
}

function verdictOf({ files, releases, differences }: PreviewAnswer): PreviewReport['verdict'] {
  if (files.some(({ failure }) => failure !== undefined))
    return differences.length > 0 ? 'not-sure' : 'fails';
  if (differences.length > 0) return 'not-sure';
  return releases.some(({ verdict }) => verdict === 'breaks') ? 'breaks' : 'safe';
}

interface AskedRelease {
  readonly document: Release;
  /** For people. */
  readonly standing: string;
}

interface Place {
  readonly repo: LocalRepo;
  readonly tip: string;
  readonly environment: string;
  readonly project: Project;
}

async function listReleases(context: CommandContext, place: Place): Promise<readonly AskedRelease[]> {
  const { repo, tip, environment, project } = place;
  const standings = new Map<string, string>();
  const add = (release: string | undefined, standing: string): void => {
    if (release !== undefined && !standings.has(release)) standings.set(release, standing);
  };
  add(await servedBy(context, environment), 'serving');
  add(await releaseOf(repo, tip, environment), 'named by the pointer');
  // A canary uses the same database.
  for (const { name, of } of project.environments.values())
    if (of === environment) add(await releaseOf(repo, tip, name), `named by the pointer of ${name}`);
  const targets = rollbackTargets(await repo.changes(tip, environment)).slice(0, maxTargets);
  for (const { release } of targets) add(release, 'rollback target');
  const asked: AskedRelease[] = [];
  for (const [release, standing] of standings) {
    const file = `releases/${release}.yaml`;
    const text = await repo.file(tip, file);
    const parsed = text === undefined ? undefined : parseRelease(text, { file, id: release });
    // An unreadable release cannot be served either.
    if (parsed?.ok === true) asked.push({ document: parsed.value, standing });
  }
  return asked;
}

/** `undefined` when the Hub does not answer, or may not answer this. The release in the pointer is checked anyway. */
async function servedBy(
  { hub, project, output }: CommandContext,
  environment: string,
): Promise<string | undefined> {
  try {
    return (await hub.environment(project, environment)).serving?.release;
  } catch (error) {
    if (!(error instanceof StkError)) throw error;
    output.narrate(
      `what ${environment} serves is not known (${error.message}); the release of its pointer is used`,
    );
    return undefined;
  }
}
