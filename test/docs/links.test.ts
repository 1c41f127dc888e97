// Every link in the documents leads to a file of the repository, and to a heading where it names one.
import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** As GitHub makes an anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function anchorsOf(path: string): ReadonlySet<string> {
  const text = readFileSync(path, 'utf8').replace(/^```[\s\S]*?^```/gm, '');
  return new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading ?? '')));
}

interface Link {
  readonly page: string;
  readonly target: string;
}

function linksOf(page: string): readonly Link[] {
  const text = readFileSync(join(root, page), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => ({ page, target: target ?? '' }))
    .filter(({ target }) => !/^[a-z]+:/.test(target));
}

/** Undefined: the link is good. */
function judge({ page, target }: Link): string | undefined {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? join(root, page) : join(root, dirname(page), path);
  if (relative(root, file).startsWith('..') || !existsSync(file)) return `${page}: no file ${target}`;
  if (anchor === undefined || statSync(file).isDirectory()) return undefined;
  return anchorsOf(file).has(anchor) ? undefined : `${page}: no heading ${target}`;
}

describe('the links in the documents', () => {
  const links = pages.flatMap(linksOf);

  it('lead somewhere', () => {
    expect(links.length).toBeGreaterThan(50);
    expect(links.flatMap((link) => judge(link) ?? [])).toEqual([]);
  });

  it('would be found dead', () => {
    expect(judge({ page: 'README.md', target: 'docs/nowhere.md' })).toBe(
      'README.md: no file docs/nowhere.md',
    );
    expect(judge({ page: 'docs/cli.md', target: 'errors.md#nowhere' })).toBe(
      'docs/cli.md: no heading errors.md#nowhere',
    );
  });

  it('lead to every page of docs/ from some other page', () => {
    const linked = new Set(
      links.map(({ page, target }) => relative(root, join(root, dirname(page), target.split('#')[0] ?? ''))),
    );
    const unreachable = pages.filter((page) => page.startsWith('docs/') && !linked.has(page));
    expect(unreachable).toEqual([]);
  });
});
