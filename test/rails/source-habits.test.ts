// Habits of the source that no linter rule holds: size, the sentence at the top, one reader of the environment.
import { describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

function readSources(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ path: `${folder}/${name}`, text: readFileSync(join(root, folder, name), 'utf8') }));
}

const sources = readSources('src');
const pathsWhere = (claim: (file: SourceFile) => boolean) => sources.filter(claim).map((file) => file.path);

describe('the source', () => {
  it('has files to look at', () => {
    expect(sources.length).toBeGreaterThan(20);
  });

  it('keeps every file within 300 lines', () => {
    expect(pathsWhere(({ text }) => text.trimEnd().split('\n').length > 300)).toEqual([]);
  });

  it('opens every file with a sentence about its responsibility', () => {
    expect(pathsWhere(({ text }) => !/^(#!.*\n)?\/\/ \S/.test(text))).toEqual([]);
  });

  it('reads the environment of each of its processes in one place', () => {
    // To put another in its place reads nothing.
    const readers = pathsWhere(({ text }) => /\bprocess\.env\b(?! = )/.test(text));
    const places = ['src/main.ts', 'src/app/check-process.ts', 'src/cli/process-environment.ts'];
    expect(readers.filter((path) => !places.includes(path))).toEqual([]);
  });

  it('leaves no note of unfinished work', () => {
    expect(pathsWhere(({ text }) => /\b(TODO|FIXME|XXX)\b/.test(text))).toEqual([]);
  });

  it('names files in kebab-case and no file for what it happens to hold', () => {
    const bad = pathsWhere(({ path }) => {
      const name = path.slice(path.lastIndexOf('/') + 1, -'.ts'.length);
      return (
        !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || /^(index|utils?|helpers?|common|misc|manager)$/.test(name)
      );
    });
    expect(bad).toEqual([]);
  });
});
