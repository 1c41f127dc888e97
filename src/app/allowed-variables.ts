// Which environment variables the configuration may name: those that it named when the Hub started, and those of a
// pattern. Otherwise a commit could make the Hub use any of its variables, such as PATH as a secret that everybody
// knows. A variable that was named at the start is sent only to the addresses that it was named for. Otherwise a commit
// could have it sent anywhere.
import { listedVariables, originOf, sentVariables, variablesOf } from '../model/named-variables.ts';
import type { Project } from '../model/project.ts';

export class AllowedVariables {
  readonly #patterns: readonly RegExp[];
  #started: ReadonlySet<string> | undefined;
  #sent: readonly (readonly [name: string, origin: string])[] = [];

  /** `patterns`: names, `*` for any characters. */
  constructor(patterns: readonly string[]) {
    this.#patterns = patterns.map((pattern) => {
      const parts = pattern.split('*').map((part) => part.replaceAll(/[^A-Za-z0-9_]/g, '\\$&'));
      return new RegExp(`^${parts.join('.*')}$`);
    });
  }

  /** From now on, only the variables that these name and the patterns allow. */
  start(project: Project, pinned: Partial<Pick<Project, 'auth' | 'webhook'>>): void {
    const gates = [...project.pipeline.environments.values()].flatMap((policy) => policy.gates);
    this.#started = new Set([
      ...variablesOf(project, [...project.environments.keys()]),
      ...listedVariables(gates),
      ...(pinned.auth?.jwt.kind === 'secret' ? [pinned.auth.jwt.secretFrom] : []),
      ...(pinned.webhook === undefined ? [] : [pinned.webhook.secretFrom]),
    ]);
    this.#sent = sentVariables(project);
  }

  has(name: string): boolean {
    return (
      this.#started === undefined || this.#started.has(name) || this.#patterns.some((one) => one.test(name))
    );
  }

  /** Whether the variable's value may be sent to this URL. */
  maySend(name: string, url: string): boolean {
    if (this.#started?.has(name) !== true) return this.has(name);
    return this.#sent.some(([sent, origin]) => sent === name && origin === originOf(url));
  }
}
