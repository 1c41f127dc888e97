// Problems in a config repo's documents that can be found without a Hub or a database.
import { basename } from 'node:path';
import { parsePointer } from '../../documents/parse-pointer.ts';
import { parseProject } from '../../documents/project/parse-project.ts';
import { parseFreeze, parseVeto } from '../../documents/parse-stops.ts';
import { gateKinds } from '../../gates/gate-kinds.ts';
import { isId } from '../../kernel/ids.ts';
import { suggest } from '../../kernel/nearest-name.ts';
import type { DocumentProblem, Parsed } from '../../model/problem.ts';
import type { CliServices } from '../services.ts';
import { documentFolders, type DocumentFolder, type LintSource } from './lint-source.ts';
import { lintWaiver, type WaiverFacts } from './lint-waiver.ts';
import { placeOfValue } from './place-of-value.ts';

const ending = '.yaml';

export interface LintedDocuments {
  /** In the order of files, and of positions within each. */
  readonly problems: readonly DocumentProblem[];
  /** For stk.yaml and waivers: they are valid, but may contain a mistake. */
  readonly warnings: readonly DocumentProblem[];
  /** The number of checked files. */
  readonly files: number;
}

interface Names {
  /** `undefined` when stk.yaml cannot be read. */
  readonly environments: ReadonlySet<string> | undefined;
  readonly releases: ReadonlySet<string>;
  readonly waivers: WaiverFacts;
}

export interface LintScope {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Full name of the documents' branch; `undefined` when unknown. */
  readonly followed: string | undefined;
  /** Whether the file at a path of the repo is checked. */
  isWanted(path: string): boolean;
}

export async function lintDocuments(
  source: LintSource,
  lintRelease: CliServices['lintRelease'],
  { isWanted, followed, now }: LintScope,
): Promise<LintedDocuments> {
  const project = await readProject(source, followed);
  const releases = (await source.list('releases')).filter((name) => name.endsWith(ending));
  const names: Names = {
    environments: project.environments,
    releases: new Set(releases.map((name) => basename(name, ending))),
    waivers: { now, migrations: await listMigrations(source, project.migrationFolders) },
  };
  const problems = isWanted('stk.yaml') ? [...project.problems] : [];
  const warnings = isWanted('stk.yaml') ? [...project.warnings] : [];
  let files = isWanted('stk.yaml') ? 1 : 0;
  for (const folder of documentFolders) {
    for (const name of await source.list(folder)) {
      const path = `${folder}/${name}`;
      if (!/\.ya?ml$/.test(name) || !isWanted(path)) continue;
      files += 1;
      const found = await lintFile(source, { path, folder, name }, { names, lintRelease });
      problems.push(...found.problems);
      warnings.push(...found.warnings);
    }
  }
  return { problems: problems.sort(byPlace), warnings, files };
}

interface LintedProject {
  readonly problems: readonly DocumentProblem[];
  readonly warnings: readonly DocumentProblem[];
  readonly environments: ReadonlySet<string> | undefined;
  readonly migrationFolders: ReadonlySet<string>;
}

/** `followed`: full name of stk.yaml's branch; `undefined` when unknown. */
async function readProject(source: LintSource, followed: string | undefined): Promise<LintedProject> {
  const file = 'stk.yaml';
  const nothing = { warnings: [], environments: undefined, migrationFolders: new Set<string>() };
  const read = await source.read(file);
  if (read === undefined || 'unreadable' in read) {
    const message = read === undefined ? 'there is no stk.yaml' : read.unreadable;
    return { ...nothing, problems: [problemOf(file, message)] };
  }
  const parsed = parseProject(read.text, { file, gateKinds });
  if (!parsed.ok) return { ...nothing, problems: parsed.problems };
  const { environments, pipeline } = parsed.value;
  const { branch } = pipeline.records;
  const isOwn = pipeline.isUsed && followed === `refs/heads/${branch}`;
  const message = `records.branch is ${branch}, the branch of stk.yaml itself; records need a separate branch`;
  return {
    problems: isOwn ? [{ ...problemOf(file, message), pointer: '/records/branch' }] : [],
    warnings: pipeline.warnings,
    environments: new Set(environments.keys()),
    migrationFolders: new Set([...environments.values()].flatMap(({ migrations }) => migrations?.dir ?? [])),
  };
}

async function lintFile(
  source: LintSource,
  { path, folder, name }: { readonly path: string; readonly folder: DocumentFolder; readonly name: string },
  { names, lintRelease }: { readonly names: Names; readonly lintRelease: CliServices['lintRelease'] },
): Promise<Pick<LintedDocuments, 'problems' | 'warnings'>> {
  const only = (problems: readonly DocumentProblem[]) => ({ problems, warnings: [] });
  if (!name.endsWith(ending)) return only([problemOf(path, 'stk reads only files that end in .yaml')]);
  const id = basename(name, ending);
  const read = await source.read(path);
  if (read === undefined) return only([]);
  if ('unreadable' in read) return only([problemOf(path, read.unreadable)]);
  const { text } = read;
  switch (folder) {
    case 'releases':
      return only(await lintRelease({ text, file: path, id }));
    case 'environments':
      return only(lintPointer(text, { path, environment: id, names }));
    case 'vetoes':
      return only(lintVeto(text, path, id, names));
    case 'freezes':
      return only(lintFreeze(text, id, names));
    case 'waivers':
      return lintWaiver(text, { path, name: id }, names.waivers);
  }
}

/** `undefined` when no environment names a folder. */
async function listMigrations(
  source: LintSource,
  folders: ReadonlySet<string>,
): Promise<readonly string[] | undefined> {
  if (folders.size === 0) return undefined;
  return (await Promise.all([...folders].map((folder) => source.listBelow(folder)))).flat();
}

function lintPointer(
  text: string,
  {
    path,
    environment,
    names,
  }: { readonly path: string; readonly environment: string; readonly names: Names },
): readonly DocumentProblem[] {
  const { environments, releases } = names;
  const unknown =
    environments === undefined || environments.has(environment)
      ? []
      : [
          problemOf(
            path,
            `stk.yaml has no environment ${JSON.stringify(environment)}${suggest(environment, environments)}`,
          ),
        ];
  const parsed = parsePointer(text, { file: path });
  if (!parsed.ok) return [...unknown, ...parsed.problems];
  const { release } = parsed.value;
  if (releases.has(release)) return unknown;
  const message = `there is no releases/${release}.yaml${suggest(release, releases)}`;
  return [...unknown, { ...placeOfValue(text, 'release'), file: path, pointer: '/release', message }];
}

function lintFreeze(text: string, name: string, { environments }: Names): readonly DocumentProblem[] {
  const found = problemsOf(parseFreeze(text, { name, environments: environments ?? new Set() }));
  return environments === undefined
    ? found.filter(({ pointer }) => !pointer.startsWith('/environments/'))
    : found;
}

function lintVeto(
  text: string,
  path: string,
  release: string,
  { releases }: Names,
): readonly DocumentProblem[] {
  const found = problemsOf(parseVeto(text, { release }));
  if (releases.has(release) || !isId(release)) return found;
  return [...found, problemOf(path, `there is no releases/${release}.yaml${suggest(release, releases)}`)];
}

function problemsOf(parsed: Parsed<unknown>): readonly DocumentProblem[] {
  return parsed.ok ? [] : parsed.problems;
}

/** A problem of a file as a whole. */
export function problemOf(file: string, message: string): DocumentProblem {
  return { file, line: 1, column: 1, pointer: '', message };
}

export function byPlace(a: DocumentProblem, b: DocumentProblem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
