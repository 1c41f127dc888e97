// Floor: what it takes at least to learn of a pointer commit. fs.watch on the folder of the ref, then the commit, its
// tree, the tree environments/ and the pointer through one `git cat-file --batch`; answers with the release it read.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { serve } from './serve.ts';

const gitDirectory = process.argv[2] ?? '';
const pointerFile = `${process.argv[3] ?? ''}.yaml`;
const folder = join(gitDirectory, 'refs', 'heads');

/** One question at a time. */
class BatchReader {
  readonly #git: ChildProcessWithoutNullStreams;
  #received: Buffer = Buffer.alloc(0);
  #settle: ((bytes: Buffer) => void) | undefined;

  constructor() {
    this.#git = spawn('git', ['-C', gitDirectory, 'cat-file', '--batch']);
    this.#git.stdout.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      const end = this.#received.indexOf(10);
      if (end < 0) return;
      const size = Number(this.#received.toString('latin1', 0, end).split(' ')[2]);
      const whole = end + 1 + size + 1;
      if (this.#received.length < whole) return;
      const bytes = this.#received.subarray(end + 1, whole - 1);
      this.#received = this.#received.subarray(whole);
      this.#settle?.(bytes);
    });
  }

  read(id: string): Promise<Buffer> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.#git.stdin.write(`${id}\n`);
    });
  }
}

function findEntry(tree: Buffer, name: string): string {
  const at = tree.indexOf(` ${name}\0`);
  const start = at + Buffer.byteLength(name) + 2;
  return tree.toString('hex', start, start + 20);
}

const reader = new BatchReader();
let release = '';
let isLooking = false;
let lookAgain = false;

async function readPointer(): Promise<void> {
  const revision = (await readFile(join(folder, 'main'), 'utf8')).trim();
  const commit = await reader.read(revision);
  const root = await reader.read(commit.toString('latin1', 5, 45));
  const environments = await reader.read(findEntry(root, 'environments'));
  const pointer = await reader.read(findEntry(environments, pointerFile));
  release = /^release: (\S+)/m.exec(pointer.toString('utf8'))?.[1] ?? '';
}

async function look(): Promise<void> {
  lookAgain = true;
  if (isLooking) return;
  isLooking = true;
  while (lookAgain) {
    lookAgain = false;
    await readPointer();
  }
  isLooking = false;
}

watch(folder, (_event, name) => {
  if (name === 'main') void look();
});
await look();

serve(
  createServer((incoming, answer) => {
    incoming.resume();
    incoming.on('end', () => {
      answer.writeHead(200, { 'Content-Length': '2', 'Stk-Release': release });
      answer.end('{}');
    });
  }),
);
