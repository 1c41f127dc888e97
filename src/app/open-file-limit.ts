// How many file descriptors this process may have open, as node's own report says.

/** `undefined` when there is no limit, or the system does not report it. */
export function openFileLimit(): number | undefined {
  const report: unknown = process.report.getReport();
  const soft = member(member(member(report, 'userLimits'), 'open_files'), 'soft');
  return typeof soft === 'number' ? soft : undefined;
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const found: unknown = Reflect.get(value, name);
  return found;
}
