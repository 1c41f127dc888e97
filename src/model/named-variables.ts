// Environment variables that stk.yaml names by `…From` or lists in gates. Names only.
import { isJsonObject } from '../kernel/json.ts';
import type { Gate } from './pipeline/gate.ts';
import type { Project } from './project.ts';
import type { SmokeTest } from './smoke.ts';

/** The variables for a Hub that serves these environments. */
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

/** Variables whose values are sent to an address, each with its origin, such as `https://ci.example.com`. */
export function sentVariables(project: Project): readonly (readonly [name: string, origin: string])[] {
  const { forge, environments, pipeline } = project;
  const hubs = [...pipeline.environments.values()].flatMap(({ hub }) =>
    hub?.tokenFrom === undefined ? [] : [[hub.tokenFrom, originOf(hub.url)] as const],
  );
  const smoke = [...environments.values()].flatMap((settings) =>
    settings.smoke.flatMap((test) =>
      test.kind === 'http'
        ? Object.values(test.headersFrom).map((name) => [name, originOf(test.url)] as const)
        : [],
    ),
  );
  return [
    ...(forge === undefined ? [] : [[forge.tokenFrom, originOf(forge.url)] as const]),
    ...hubs,
    ...smoke,
  ];
}

/** The origin of a URL. Its path, but not its origin, may contain names of saved values. */
export function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}

/** The variables of gates of the kind `variables`. */
export function listedVariables(gates: readonly Pick<Gate, 'kind' | 'settings'>[]): readonly string[] {
  return gates.flatMap(({ kind, settings }) => {
    const list = kind === 'variables' && isJsonObject(settings) ? settings['variables'] : undefined;
    return Array.isArray(list) ? list.filter((name) => typeof name === 'string') : [];
  });
}
