// Prisma's own schema engine, which `prisma migrate deploy` runs, as WebAssembly from npm: it makes a real ledger.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';

export interface PrismaEngine {
  /** Applies what is pending. `files`: text by path, such as `20260101_a/migration.sql`. Rejects where one fails. */
  migrate(files: Readonly<Record<string, string>>): Promise<void>;
  markRolledBack(migration: string): Promise<void>;
  close(): Promise<void>;
}

/** Node has it; the libraries that this project is compiled with do not name it. */
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: object,
  ): Promise<{ readonly instance: { readonly exports: Record<string, unknown> } }>;
};

const schema = 'datasource db {\n  provider = "postgresql"\n}\n';

export async function openPrisma(url: string): Promise<PrismaEngine> {
  const { resolve } = createRequire(import.meta.url);
  const path = resolve('@prisma/schema-engine-wasm').replace(/\.js$/, '_bg.wasm');
  const { instance } = await WebAssembly.instantiate(await readFile(path), {
    './schema_engine_bg.js': { ...bindings },
  });
  bindings.__wbg_set_wasm(instance.exports);
  const start = instance.exports['__wbindgen_start'];
  if (typeof start === 'function') start();
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: url }));
  const datamodels: [string, string][] = [['schema.prisma', schema]];
  const engine = await bindings.SchemaEngine.new({ datamodels }, () => undefined, adapter);
  return {
    async migrate(files) {
      const migrationDirectories = Object.entries(files).map(([file, value]) => ({
        path: file.replace(/\/migration\.sql$/, ''),
        migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } },
      }));
      await engine.applyMigrations({
        migrationsList: {
          baseDir: '/migrations',
          lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
          shadowDbInitScript: '',
          migrationDirectories,
        },
        filters: { externalTables: [], externalEnums: [] },
      });
    },
    async markRolledBack(migrationName) {
      await engine.markMigrationRolledBack({ migrationName });
    },
    async close() {
      engine.free();
    },
  };
}
