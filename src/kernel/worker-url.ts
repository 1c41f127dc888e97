// Where a worker thread's code is. Node cannot run TypeScript in a worker. So code that runs from src/ (tests) starts
// the built worker in dist/, and built code starts the file beside it.

/** URL of the built worker file `name` (no extension) beside the module at `from`. */
export function workerUrl(name: string, from: string): URL {
  return builtUrl(`./${name}.js`, from);
}

/** URL of a built file, relative to the module at `from`. */
export function builtUrl(path: string, from: string): URL {
  const url = new URL(path, from);
  if (from.endsWith('.ts')) url.pathname = url.pathname.replace(/\/src\/(?!.*\/src\/)/, '/dist/');
  return url;
}
