// Removes the hold from a pointer's text.
import { editPointer } from '../documents/edit-pointer.ts';
import { parsePointer } from '../documents/parse-pointer.ts';
import { StkError } from '../kernel/errors.ts';
import { formatProblems } from '../model/problem.ts';
import { formatStopMessage } from './commit-message.ts';
import { pointerPath } from './pointer-file.ts';
import type { StopPlan } from './stop-files.ts';

export interface ResumeRequest {
  readonly environment: string;
  /** The pointer's text; `undefined` when it does not exist. */
  readonly text: string | undefined;
  readonly actor: string | undefined;
}

/** Refuses with `pointer-invalid`. */
export function planResume({ environment, text, actor }: ResumeRequest): StopPlan {
  if (text === undefined) return { kind: 'already' };
  const path = pointerPath(environment);
  const parsed = parsePointer(text, { file: path });
  if (!parsed.ok) {
    const hint = `Fix ${path}, or move the environment: stk release rollback --env ${environment}`;
    const error = new StkError('pointer-invalid', formatProblems(parsed.problems), { hint });
    return { kind: 'refused', error };
  }
  const { release, hold } = parsed.value;
  if (hold === undefined) return { kind: 'already' };
  const content = editPointer(text, { release, hold: null });
  const message = formatStopMessage({ action: 'resume', subject: environment, reason: undefined, actor });
  return { kind: 'change', change: { path, content, message } };
}
