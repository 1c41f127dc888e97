// Where a worker thread's code is. Node cannot run TypeScript in a worker, so code that runs from src/
// (tests) starts the built worker in dist/; built code starts its neighbour.

/** URL of the built worker file `name` (no extension) that stands beside the module at `from`. */
export function workerUrl(name: string, from: string): URL {
  return builtUrl(`./${name}.js`, from);
}

/** URL of what is built, as it stands beside the module at `from`. */
export function builtUrl(path: string, from: string): URL {
  const url = new URL(path, from);
  if (from.endsWith('.ts')) url.pathname = url.pathname.replace(/\/src\/(?!.*\/src\/)/, '/dist/');
  return url;
}
