// `stk status`: what each environment should serve, what it serves, and why they differ.
import { requireEnvironment, type CommandContext } from '../context.ts';
import { formatDuration } from '../print/duration.ts';
import { formatFindings } from '../print/findings-report.ts';
import type { EnvironmentAnswer } from '../hub/hub-answers.ts';
import type { Output } from '../print/output.ts';
import { exitCodeOf, judgeSurvey, waitUntilSettled } from '../hub/judge-status.ts';
import { surveyEnvironments, type Survey } from '../hub/survey-environments.ts';
import { formatDebt } from '../print/debt-report.ts';
import { plainLine } from '../print/plain-text.ts';
import { formatTable } from '../print/table.ts';

export interface StatusOptions {
  readonly env?: string;
  /** The exit code separates refused (3) and in progress (5) from ready (0). */
  readonly exitCode?: boolean;
  /** Wait until nothing is in progress; implies `exitCode`. */
  readonly wait?: boolean;
  /** Milliseconds. */
  readonly timeout: number;
}

/** The state of all environments, or of one. Throws `unknown-environment`. */
export async function lookAt(context: CommandContext, env: string | undefined): Promise<Survey> {
  const { hub, project, identity } = context;
  if (env === undefined) return surveyEnvironments(context);
  requireEnvironment(identity, env);
  return { environments: [await hub.environment(project, env)], missing: [] };
}

export async function showStatus(context: CommandContext, options: StatusOptions): Promise<number> {
  const { project, output } = context;
  const { env, timeout: timeoutMs } = options;
  const look = (): Promise<Survey> => lookAt(context, env);
  const survey =
    options.wait === true ? await waitUntilSettled(context, look, { env, timeoutMs }) : await look();
  const { environments, missing } = survey;
  output.result({ project, environments, missing }, formatSurvey(survey, context));
  return options.wait === true || options.exitCode === true ? exitCodeOf(judgeSurvey(survey)) : 0;
}

/** One row for each environment, then their problems. */
export function formatSurvey({ environments, missing }: Survey, context: CommandContext): string {
  const { output, services } = context;
  const now = services.clock.now();
  const told = environments.map((environment) => statusRow(environment, now));
  const untold = missing.map(({ environment, reason }) => [environment, '-', '-', '-', reason]);
  const rows = [...told, ...untold];
  const table = formatTable(['ENVIRONMENT', 'DESIRED', 'SERVING', 'SINCE', 'STATE'], rows);
  const explained = environments.map((environment) => explain(environment, context));
  const below = [...explained, explainProject(environments, output)].filter((text) => text !== '');
  const hidden = missing.map(
    ({ environment, message }) => `${output.onStdout('bold', environment)}\n  ${plainLine(message)}`,
  );
  return [table, ...below, ...hidden].join('\n\n');
}

/** Environment, desired, serving, since, state. */
export function statusRow(environment: EnvironmentAnswer, now: number): readonly string[] {
  return [
    environment.environment,
    environment.desired?.release ?? '-',
    environment.serving?.release ?? '-',
    since(environment, now),
    stateOf(environment),
  ];
}

function since({ serving }: EnvironmentAnswer, now: number): string {
  const at = serving === null ? Number.NaN : Date.parse(serving.since);
  return Number.isNaN(at) ? '-' : `${formatDuration(Math.max(0, now - at))} ago`;
}

/** `ready`, or the reason of the Ready condition. */
function stateOf({ conditions, desired, serving }: EnvironmentAnswer): string {
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready === undefined) return desired?.release === serving?.release ? 'ready' : 'not ready';
  return ready.status === 'True' ? 'ready' : ready.reason;
}

/** The bad conditions of the environment, and its findings. */
function explain(answer: EnvironmentAnswer, context: CommandContext): string {
  const { environment, conditions, debt, findings, desired } = answer;
  const { output } = context;
  const stoppedBy = conditions.find(({ type, status }) => type === 'Ready' && status === 'False')?.reason;
  // A step that cannot be judged is Unknown; it explains, with its hint, what Ready only summarises.
  const against = conditions.filter(
    (condition) => isBad(condition) || (condition.status === 'Unknown' && condition.reason === stoppedBy),
  );
  const steps = against.filter(({ type }) => type !== 'Ready');
  // Ready only summarises; it is shown when nothing else explains the state.
  const shownConditions = steps.length > 0 ? steps : against;
  const bad = shownConditions.filter(
    ({ message }, index) => shownConditions.findIndex((other) => other.message === message) === index,
  );
  const lines = bad.map(
    ({ reason, message }) => `  ${output.onStdout('yellow', reason)}: ${plainLine(message)}`,
  );
  if (desired?.drill !== undefined)
    lines.push(
      `  ${output.onStdout('yellow', 'Drill')}: a rollback drill went back to ${plainLine(desired.release)} and must still go forward; end it: stk drill resume --env ${environment}`,
    );
  lines.push(...actingHub(answer, context));
  const shown = formatFindings(
    { findings: findings.filter((finding) => finding.severity !== 'info') },
    output.onStdout,
  );
  const owed = formatDebt(debt, output);
  if (lines.length === 0 && owed === '' && shown === '') return '';
  const all = owed === '' ? lines : [...lines, owed];
  return [output.onStdout('bold', environment), ...all, ...(shown === '' ? [] : ['', shown])].join('\n');
}

/** Which Hub acts, where several serve the environment. */
function actingHub({ environment, leads }: EnvironmentAnswer, { hub, identity }: CommandContext): string[] {
  const { url } = hub.of(environment).address;
  if (leads === false) return [`  Acting: another Hub. The one at ${url} follows.`];
  return leads === true && identity.replicated.has(environment) ? [`  Acting: the Hub at ${url}.`] : [];
}

/** What all environments share, once: stk.yaml is in force and may contain a mistake. */
function explainProject(environments: readonly EnvironmentAnswer[], output: Output): string {
  const [warned] = environments
    .flatMap(({ conditions }) => conditions)
    .filter(({ reason }) => reason === 'InForceWithWarnings');
  if (warned === undefined) return '';
  const line = `  ${output.onStdout('yellow', warned.reason)}: ${plainLine(warned.message)}`;
  return [output.onStdout('bold', 'stk.yaml'), line].join('\n');
}

/** Some conditions are good when true, others when false. */
function isBad({ type, status, reason }: EnvironmentAnswer['conditions'][number]): boolean {
  if (['NotRecorded', 'RecordCorrupt'].includes(reason)) return true;
  const isTrouble = ['ServedFromDisk', 'ServedVetoed', 'Drifted', 'HistoryRewritten', 'Triggered'].includes(
    type,
  );
  if (reason === 'QuestionFailed') return true;
  return isTrouble ? status === 'True' : status === 'False';
}
