// The version of this package, as package.json has it.
import { createRequire } from 'node:module';
import { builtUrl } from '../kernel/worker-url.ts';

export function readVersion(): string {
  const manifest: unknown = createRequire(builtUrl('main.js'))('../package.json');
  if (typeof manifest !== 'object' || manifest === null || !('version' in manifest)) return '0.0.0';
  return String(manifest.version);
}
