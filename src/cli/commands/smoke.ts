// `stk smoke`: runs an environment's smoke tests through the Hub, and shows their results.
import { requireEnvironment, type CommandContext } from '../context.ts';
import type { SmokeAnswer, SmokeTestAnswer } from '../hub/smoke-answer.ts';
import { plainLine } from '../print/plain-text.ts';

export interface SmokeOptions {
  readonly env: string;
  readonly releaseId?: string;
}

/** Exit code 3: a test failed. */
export async function runSmokeTests(context: CommandContext, options: SmokeOptions): Promise<number> {
  const { hub, project, output } = context;
  requireEnvironment(context.identity, options.env);
  const answer = await hub.smoke(project, options.env, options.releaseId);
  output.result(answer, describe(answer));
  return answer.passed ? 0 : 3;
}

function describe({ environment, release, tests }: SmokeAnswer): string {
  if (tests.length === 0) return `${release} in ${environment}: there are no smoke tests.`;
  return tests.map((test) => plainLine(describeTest(test))).join('\n');
}

function describeTest({ name, outcome, attempts, durationMs, expected, got }: SmokeTestAnswer): string {
  if (outcome === 'skipped') return `- ${name}: skipped`;
  const effort = `${durationMs} ms${attempts === 1 ? '' : `, ${attempts} attempts`}`;
  if (outcome === 'passed') return `✓ ${name} (${effort})`;
  return `✗ ${name} (${effort}): expected ${expected ?? ''}, got ${got ?? ''}`;
}
