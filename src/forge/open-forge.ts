// Opens the forge that stk.yaml names.
import type { Clock } from '../kernel/clock.ts';
import type { ForgeSettings } from '../model/pipeline/forge.ts';
import type { Forge } from './forge.ts';
import { createGithubForge, githubHeaders } from './github-forge.ts';
import { createGitlabForge, gitlabHeaders } from './gitlab-forge.ts';

export interface ForgeOptions {
  readonly token: string | undefined;
  readonly clock: Clock;
  /** Milliseconds until an attempt without an answer ends; default 10 s. */
  readonly within?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Sends no request yet. */
export function openForge(settings: ForgeSettings, options: ForgeOptions): Forge {
  const { kind, ...where } = settings;
  switch (kind) {
    case 'github':
      return createGithubForge({ ...where, ...options, name: 'GitHub', headers: githubHeaders });
    case 'gitlab':
      return createGitlabForge({ ...where, ...options, name: 'GitLab', headers: gitlabHeaders });
  }
}
