// Whether a permission covers an operation name: for names that no compiled release knows.

/** `*` covers every name, `prefix.*` every name below the prefix, anything else exactly itself. */
export function matchesPermission(permission: string, operation: string): boolean {
  if (permission === '*') return true;
  if (permission.endsWith('.*')) return operation.startsWith(permission.slice(0, -1));
  return permission === operation;
}
