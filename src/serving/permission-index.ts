// Who may call what: the permissions of a release, indexed so that a call needs one lookup for each role and prefix.

/** `permissions`: role → exact names, `prefix.*` or `*`. `operations`: everything that can be allowed. */
export function indexPermissions(
  permissions: ReadonlyMap<string, readonly string[]>,
  operations: Iterable<string>,
): (roles: readonly string[], operation: string) => boolean {
  const prefixes = new Map([...operations, 'config.read'].map((name) => [name, coveringPermissions(name)]));
  const held = new Map([...permissions].map(([role, list]) => [role, new Set(list)]));
  return (roles, operation) => {
    const covering = prefixes.get(operation);
    if (covering === undefined) return false;
    // Loops, because every call runs this.
    for (const role of roles) {
      const own = held.get(role);
      if (own === undefined) continue;
      for (const permission of covering) if (own.has(permission)) return true;
    }
    return false;
  };
}

/** a.b.c → a.b.c, a.b.*, a.*, * */
function coveringPermissions(operation: string): string[] {
  const dots = [...operation.matchAll(/\./g)].map(({ index }) => `${operation.slice(0, index)}.*`);
  return [operation, ...dots.reverse(), '*'];
}
