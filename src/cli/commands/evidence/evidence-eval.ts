// `stk evidence eval`: records the scores of an evaluation, which gates of the kind `evaluation` compare.
import { StkError } from '../../../kernel/errors.ts';
import { planEvaluation } from '../../../promotion/plan-evidence.ts';
import type { CommandContext } from '../../context.ts';
import { openEvidence } from '../../govern/open-evidence.ts';
import { type RecordOptions, writeRecord } from '../../govern/write-record.ts';
import { readScores } from '../../repo/read-scores.ts';

export interface EvidenceEvalOptions extends RecordOptions {
  readonly release: string;
  readonly name: string;
  readonly set: string;
  readonly scores?: string;
  readonly mean?: number;
  readonly cases?: number;
}

export async function recordEvaluation(
  context: CommandContext,
  options: EvidenceEvalOptions,
): Promise<number> {
  const { release, name, set } = options;
  const measured = await measure(options);
  const { repo, tip, author, basis, branch } = await openEvidence(context, options.author);
  const planned = await planEvaluation(basis, { release, name, set, ...measured });
  if (planned.kind === 'refused') throw planned.error;
  const told = `${release}: evaluation ${name} on ${set}, mean ${measured.mean} of ${measured.cases} cases, recorded by ${author.email}`;
  return writeRecord(context, repo, { write: { file: planned.file, author, branch, tip, told }, options });
}

interface Measured {
  readonly mean: number;
  readonly cases: number;
  readonly scores?: ReadonlyMap<string, number>;
}

async function measure({ scores: path, mean, cases }: EvidenceEvalOptions): Promise<Measured> {
  if (path !== undefined) {
    const scores = await readScores(path);
    const sum = [...scores.values()].reduce((total, score) => total + score, 0);
    return { mean: Number((sum / scores.size).toPrecision(12)), cases: scores.size, scores };
  }
  if (mean === undefined || cases === undefined)
    throw new StkError('usage', 'an evaluation needs --scores FILE, or --mean and --cases', {
      hint: 'With the score of each case, gates compare releases case by case.',
    });
  return { mean, cases };
}
