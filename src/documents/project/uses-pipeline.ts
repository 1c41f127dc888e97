// Whether a stk.yaml has any key of the pipeline. Lenient on purpose: a rollback must work while the file is broken.
import { isMap } from 'yaml';
import { parseUnjudged } from '../yaml/load-yaml.ts';

/** Keys of stk.yaml, and of one environment, that govern its path. */
export const pipelineKeys = ['people', 'hotfix', 'freeze', 'records', 'trust', 'notify', 'forge'] as const;
export const environmentPipelineKeys = [
  'from',
  'gates',
  'trust',
  'of',
  'auto',
  'bake',
  'backport',
  'smoke',
  'onSmokeFailure',
  'lastKnownGood',
  'triggers',
] as const;

const anyKey = new RegExp(`\\b(${[...pipelineKeys, ...environmentPipelineKeys].join('|')})\\b["']?\\s*:`);

export function usesPipeline(text: string): boolean {
  // Needs no parser for nearly every file that has none of the keys.
  if (!anyKey.test(text)) return false;
  const document = parseUnjudged(text, 'core');
  const root = document?.contents;
  // The unreadable file contains one of the words: the safe answer is yes.
  if (!isMap(root)) return true;
  if (pipelineKeys.some((key) => root.has(key))) return true;
  const list = root.get('environments');
  if (!isMap(list)) return false;
  return list.items.some(
    ({ value }) => isMap(value) && environmentPipelineKeys.some((key) => value.has(key)),
  );
}
