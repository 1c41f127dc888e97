// Environment variables that stk.yaml names by `…From`, and those that its gates list. Names only.
import { isJsonObject } from '../kernel/json.ts';
import type { Gate } from './gate.ts';
import type { Project } from './project.ts';
import type { SmokeTest } from './smoke.ts';

/** What a Hub needs that serves these environments. */
export function variablesOf(project: Project, served: readonly string[]): readonly string[] {
  const { auth, webhook, forge, notify, environments, pipeline } = project;
  const asked = new Set([
    ...served,
    ...served.flatMap((name) => pipeline.environments.get(name)?.from ?? []),
  ]);
  return [
    ...(auth?.jwt.kind === 'secret' ? [auth.jwt.secretFrom] : []),
    ...(webhook === undefined ? [] : [webhook.secretFrom]),
    ...(forge === undefined ? [] : [forge.tokenFrom]),
    ...notify.map(({ urlFrom }) => urlFrom),
    ...[...asked].flatMap((name) => pipeline.environments.get(name)?.hub?.tokenFrom ?? []),
    ...served.flatMap((name) => {
      const settings = environments.get(name);
      if (settings === undefined) return [];
      const { database, smoke } = settings;
      return [...(database.kind === 'server' ? [database.urlFrom] : []), ...smokeVariables(smoke)];
    }),
  ];
}

export function smokeVariables(tests: readonly SmokeTest[]): readonly string[] {
  return tests.flatMap((test) => (test.kind === 'http' ? Object.values(test.headersFrom) : []));
}

/** Those that gates of the kind `variables` list. */
export function listedVariables(gates: readonly Pick<Gate, 'kind' | 'settings'>[]): readonly string[] {
  return gates.flatMap(({ kind, settings }) => {
    const list = kind === 'variables' && isJsonObject(settings) ? settings['variables'] : undefined;
    return Array.isArray(list) ? list.filter((name) => typeof name === 'string') : [];
  });
}
