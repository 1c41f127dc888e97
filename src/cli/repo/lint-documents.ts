// What is wrong with the documents of a config repo, as far as neither a Hub nor a database is needed to tell.
import { basename } from 'node:path';
import { parsePointer } from '../../documents/parse-pointer.ts';
import { parseProject } from '../../documents/parse-project.ts';
import { parseFreeze, parseVeto } from '../../documents/parse-stops.ts';
import { gateKinds } from '../../gates/gate-kinds.ts';
import { isId } from '../../kernel/ids.ts';
import { suggest } from '../../kernel/nearest-name.ts';
import type { DocumentProblem, Parsed } from '../../model/problem.ts';
import type { CliServices } from '../services.ts';
import { documentFolders, type DocumentFolder, type LintSource } from './lint-source.ts';

const ending = '.yaml';

export interface LintedDocuments {
  /** In the order of files, and in each of places. */
  readonly problems: readonly DocumentProblem[];
  /** Of stk.yaml: it is valid, and may not mean what it says. */
  readonly warnings: readonly DocumentProblem[];
  /** How many files were looked at. */
  readonly files: number;
}

interface Names {
  /** Undefined: stk.yaml does not tell. */
  readonly environments: ReadonlySet<string> | undefined;
  readonly releases: ReadonlySet<string>;
}

export interface LintScope {
  /** Full name of the branch that the documents stand on; undefined: not known. */
  readonly followed: string | undefined;
  /** Whether the file at a path of the repo is looked at. */
  isWanted(path: string): boolean;
}

export async function lintDocuments(
  source: LintSource,
  lintRelease: CliServices['lintRelease'],
  { isWanted, followed }: LintScope,
): Promise<LintedDocuments> {
  const project = await readProject(source, followed);
  const releases = (await source.list('releases')).filter((name) => name.endsWith(ending));
  const names: Names = {
    environments: project.environments,
    releases: new Set(releases.map((name) => basename(name, ending))),
  };
  const problems = isWanted('stk.yaml') ? [...project.problems] : [];
  let files = isWanted('stk.yaml') ? 1 : 0;
  for (const folder of documentFolders) {
    for (const name of await source.list(folder)) {
      const path = `${folder}/${name}`;
      if (!/\.ya?ml$/.test(name) || !isWanted(path)) continue;
      files += 1;
      problems.push(...(await lintFile(source, { path, folder, name }, { names, lintRelease })));
    }
  }
  const warnings = isWanted('stk.yaml') ? project.warnings : [];
  return { problems: problems.sort(byPlace), warnings, files };
}

interface LintedProject {
  readonly problems: readonly DocumentProblem[];
  readonly warnings: readonly DocumentProblem[];
  readonly environments: ReadonlySet<string> | undefined;
}

/** `followed`: full name of the branch that stk.yaml stands on; undefined: not known. */
async function readProject(source: LintSource, followed: string | undefined): Promise<LintedProject> {
  const file = 'stk.yaml';
  const read = await source.read(file);
  if (read === undefined || 'unreadable' in read) {
    const message = read === undefined ? 'there is no stk.yaml' : read.unreadable;
    return { problems: [problemOf(file, message)], warnings: [], environments: undefined };
  }
  const parsed = parseProject(read.text, { file, gateKinds });
  if (!parsed.ok) return { problems: parsed.problems, warnings: [], environments: undefined };
  const { environments, pipeline } = parsed.value;
  const { branch } = pipeline.records;
  const isOwn = pipeline.isUsed && followed === `refs/heads/${branch}`;
  const message = `records.branch is ${branch}, the branch of stk.yaml itself; records need a branch of their own`;
  return {
    problems: isOwn ? [{ ...problemOf(file, message), pointer: '/records/branch' }] : [],
    warnings: pipeline.warnings,
    environments: new Set(environments.keys()),
  };
}

async function lintFile(
  source: LintSource,
  { path, folder, name }: { readonly path: string; readonly folder: DocumentFolder; readonly name: string },
  { names, lintRelease }: { readonly names: Names; readonly lintRelease: CliServices['lintRelease'] },
): Promise<readonly DocumentProblem[]> {
  if (!name.endsWith(ending)) return [problemOf(path, 'stk reads only files that end in .yaml')];
  const id = basename(name, ending);
  const read = await source.read(path);
  if (read === undefined) return [];
  if ('unreadable' in read) return [problemOf(path, read.unreadable)];
  if (folder === 'releases') return lintRelease({ text: read.text, file: path, id });
  if (folder === 'environments') return lintPointer(read.text, { path, environment: id, names });
  if (folder === 'vetoes') return lintVeto(read.text, path, id, names);
  const { environments } = names;
  const found = problemsOf(parseFreeze(read.text, { name: id, environments: environments ?? new Set() }));
  return environments === undefined
    ? found.filter(({ pointer }) => !pointer.startsWith('/environments/'))
    : found;
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
  return [...unknown, { ...placeOfRelease(text), file: path, pointer: '/release', message }];
}

/** Of the value of `release:`. */
function placeOfRelease(text: string): { readonly line: number; readonly column: number } {
  const lines = text.split('\n');
  const index = lines.findIndex((line) => /^["']?release["']?\s*:/.test(line));
  const found = /^["']?release["']?\s*:\s*/.exec(lines[index] ?? '');
  return found === null ? { line: 1, column: 1 } : { line: index + 1, column: found[0].length + 1 };
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

/** One of a file as a whole. */
export function problemOf(file: string, message: string): DocumentProblem {
  return { file, line: 1, column: 1, pointer: '', message };
}

export function byPlace(a: DocumentProblem, b: DocumentProblem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
