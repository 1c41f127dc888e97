// Where built files are. Node cannot run TypeScript in a worker, so code that runs from src/ (tests) starts the built worker
// in dist/. Built code stands in dist/ itself: every file of code is at its top.

const dist = new URL(import.meta.url.endsWith('.ts') ? '../../dist/' : '.', import.meta.url);

/** URL of the built worker file `name` (no extension). */
export function workerUrl(name: string): URL {
  return builtUrl(`${name}.js`);
}

/** `path`: below dist/. */
export function builtUrl(path: string): URL {
  return new URL(path, dist);
}
