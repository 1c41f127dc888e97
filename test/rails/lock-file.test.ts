// What `npm ci` on another machine depends on, and what no tool here would notice.
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}
interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const readJson = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));
const manifest = readJson('package.json') as Manifest;
const locked = new Map(
  Object.entries((readJson('package-lock.json') as { packages: Record<string, LockedPackage> }).packages),
);

/** Whether `name`, wanted by the package at `from`, is locked there or in a folder above. */
function isLocked(from: string, name: string): boolean {
  for (
    let folder = from;
    ;
    folder = folder.slice(0, folder.lastIndexOf('node_modules/')).replace(/\/$/, '')
  ) {
    if (locked.has(`${folder === '' ? '' : `${folder}/`}node_modules/${name}`)) return true;
    if (folder === '') return false;
  }
}

describe('the lock file', () => {
  it('locks the optional packages of every platform, not only of the one it was written on', () => {
    const missing = [...locked].flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !isLocked(path, name)),
    );
    expect(missing).toEqual([]);
  });

  it('names no registry', () => {
    expect([...locked].filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });

  it('gives every package a version', () => {
    expect([...locked].filter(([, { version }]) => version === undefined)).toEqual([]);
  });
});

describe('package.json', () => {
  it('asks for exact versions', () => {
    const asked = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(
      asked.filter(([, version]) => !/^(npm:[a-z0-9-]+@)?\d+\.\d+\.\d+(-[a-z0-9.]+)?$/.test(version)),
    ).toEqual([]);
  });
});
