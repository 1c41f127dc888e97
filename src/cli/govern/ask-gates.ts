// Asks the Hub, before a pointer is moved, whether the release may enter the environment. Decides whether the move is
// committed at once, committed to wait for what is missing, or not committed.
import { parsePointer } from '../../documents/parse-pointer.ts';
import { usesPipeline } from '../../documents/project/uses-pipeline.ts';
import { StkError } from '../../kernel/errors.ts';
import type { Hold } from '../../model/pointer.ts';
import { pointerPath } from '../../promotion/pointer-file.ts';
import type { CommandContext } from '../context.ts';
import { type GatesAnswer, isOpen } from '../hub/gates-answer.ts';
import { commandsThatHelp } from '../print/gates-report.ts';
import type { LocalRepo } from '../repo/local-repo.ts';

/**
 * `now`: every gate must pass. `when-ready`: gates may wait, but not refuse. `hotfix`: only a veto stops it.
 * `rollback`: no gate is checked.
 */
export type GateDemand = 'now' | 'when-ready' | 'hotfix' | 'rollback';

export interface GateQuestion {
  readonly environment: string;
  readonly release: string;
  /** Mail address of the author of the move. */
  readonly author: string;
  /** Freezes that the move overrides. */
  readonly overrides: readonly string[];
  readonly demand: GateDemand;
}

/** Whether the commit has any policy or stop that admission checks. */
export async function isGoverned(repo: LocalRepo, revision: string): Promise<boolean> {
  const stops = await Promise.all(
    ['freezes', 'vetoes'].map((folder) => repo.reader.entryAt(revision, folder)),
  );
  if (stops.some((entry) => entry !== undefined)) return true;
  return usesPipeline((await repo.file(revision, 'stk.yaml')) ?? '');
}

/** `null` when the Hub's version has no gates. Throws `gate-not-met` when the move must not be committed. */
export async function askGates(
  { hub, project }: CommandContext,
  question: GateQuestion,
): Promise<GatesAnswer | null> {
  const { environment, release, author } = question;
  let answer: GatesAnswer;
  try {
    answer = await hub.gates(project, environment, { release, author });
  } catch (error) {
    if (error instanceof StkError && error.code === 'unknown-route') return null;
    throw error;
  }
  if (!mayBeWritten(answer, question)) throw gateNotMet(answer);
  return answer;
}

function mayBeWritten(answer: GatesAnswer, { demand, overrides }: GateQuestion): boolean {
  const { outcome, reason, gates } = answer;
  if (outcome === 'admitted') return true;
  switch (demand) {
    case 'now':
      return reason === 'Frozen' && overrides.length > 0 && gates.every(isOpen);
    case 'when-ready':
      return outcome === 'waiting';
    case 'hotfix':
    case 'rollback':
      return reason !== 'Vetoed' && reason !== 'Untrusted';
  }
}

export function gateNotMet(answer: GatesAnswer): StkError {
  const { environment, release, outcome, reason, gates } = answer;
  const closed = gates.filter((gate) => !isOpen(gate)).map(({ name }) => name);
  // The table below shows the gates; only the message shows a freeze or a veto.
  const areGatesAll = closed.length > 0 && (reason === 'GateFailed' || reason === 'GatePending');
  const why = areGatesAll ? `these gates do not pass: ${closed.join(', ')}` : (answer.message ?? outcome);
  const [command] = commandsThatHelp(gates);
  const wait =
    outcome === 'waiting'
      ? 'With --when-ready, stk commits now and the move takes effect when the gates pass.'
      : '';
  return new StkError(
    'gate-not-met',
    `${release} may not enter ${environment} now: ${why.replace(/\.$/, '')}; nothing was written`,
    {
      hint: [
        command === undefined ? '' : `${command}.`,
        wait,
        `See details: stk release why --env ${environment}`,
      ]
        .filter((part) => part !== '')
        .join(' '),
      details: { environment, release, outcome, reason: reason ?? null, gates },
    },
  );
}

/** The pointer's hold; `undefined` when none exists, or it cannot be read. */
export async function readHold(
  repo: LocalRepo,
  revision: string,
  environment: string,
): Promise<Hold | undefined> {
  const path = pointerPath(environment);
  const text = await repo.file(revision, path);
  if (text === undefined || !text.includes('hold')) return undefined;
  const parsed = parsePointer(text, { file: path });
  return parsed.ok ? parsed.value.hold : undefined;
}
