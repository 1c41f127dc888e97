// Whether a stk.yaml has any key of the pipeline, read leniently: a rollback must work while the file is broken.
import { loadYaml, parseUnjudged } from '../yaml/load-yaml.ts';

/** Keys of stk.yaml, and of one environment, that make its path a governed one. */
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
  // Nearly every file that has none of the keys is told without a parser.
  if (!anyKey.test(text)) return false;
  const { isMap } = loadYaml();
  const document = parseUnjudged(text, 'core');
  const root = document?.contents;
  // A file that cannot be read says one of the words: the careful answer is yes.
  if (!isMap(root)) return true;
  if (pipelineKeys.some((key) => root.has(key))) return true;
  const list = root.get('environments');
  if (!isMap(list)) return false;
  return list.items.some(
    ({ value }) => isMap(value) && environmentPipelineKeys.some((key) => value.has(key)),
  );
}
