// The YAML library, loaded when a text needs it: reading its 70 files is half of what a short command costs.
import { createRequire } from 'node:module';
import type { isMap, isScalar, parseDocument, stringify } from 'yaml';

const load = createRequire(import.meta.url);

interface Yaml {
  readonly isMap: typeof isMap;
  readonly isScalar: typeof isScalar;
  readonly parseDocument: typeof parseDocument;
  readonly stringify: typeof stringify;
}

export function loadYaml(): Yaml {
  const yaml: Yaml = load('yaml');
  return yaml;
}
