// What a benchmark scenario is. Each stands in a file of its own in scenarios/ and is listed in run.ts; how the
// rows are printed is report.ts's work.

export interface Row {
  /** What was measured, e.g. "stk, prepared release" or "floor: fs.watch and four reads". */
  readonly what: string;
  /** Samples in `unit`; or a single number that the scenario computed itself. */
  readonly samples: readonly number[];
  /** `ms`, `requests/s`, `×`, … */
  readonly unit: string;
  /** Compared with the row of this `what` in the same scenario: the ratio of the medians is printed. */
  readonly against?: string;
  /** The aim in words with its numbers, and whether it was met; undefined: nothing is aimed at (a floor). */
  readonly aim?: { readonly text: string; readonly isMet: boolean };
}

export interface ScenarioContext {
  /** An empty directory that is removed afterwards. */
  readonly directory: string;
  /** The built command, dist/main.js. */
  readonly command: string;
  /** True: fewer samples, to see that everything runs. */
  readonly isQuick: boolean;
  /** A line of progress on stderr. */
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface Scenario {
  /** Kebab-case; `npm run bench -- NAME …` runs only those named. */
  readonly name: string;
  /** One sentence: what is measured, against what. */
  readonly title: string;
  /** Undoes whatever it started before it resolves or rejects. */
  run(context: ScenarioContext): Promise<Row[]>;
}
