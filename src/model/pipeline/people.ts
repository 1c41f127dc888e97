// People and their governance roles, from `people` in stk.yaml. One person may have several addresses; an address that
// is not listed is a separate person.

export interface People {
  /** Role → persons, by their names in `persons`. */
  readonly roles: ReadonlyMap<string, ReadonlySet<string>>;
  /** Address in lower case → the person's name: the first of their addresses. */
  readonly persons: ReadonlyMap<string, string>;
}

/** Builds People from lists: role → persons, each with all their addresses. Compares addresses without case. */
export function gatherPeople(
  lists: Iterable<readonly [role: string, persons: readonly (readonly string[])[]]>,
): People {
  const parents = new Map<string, string>();
  const find = (address: string): string => {
    let name = address;
    for (let next = parents.get(name); next !== undefined && next !== name; next = parents.get(name))
      name = next;
    parents.set(address, name);
    return name;
  };
  const roles = new Map<string, string[]>();
  for (const [role, persons] of lists) {
    const firsts: string[] = [];
    for (const addresses of persons) {
      const [first, ...others] = addresses.map((address) => address.toLowerCase());
      if (first === undefined) continue;
      firsts.push(first);
      const name = find(first);
      for (const other of others) parents.set(find(other), name);
    }
    roles.set(role, firsts);
  }
  return {
    roles: new Map([...roles].map(([role, firsts]) => [role, new Set(firsts.map(find))])),
    persons: new Map([...parents.keys()].map((address) => [address, find(address)])),
  };
}

/** One name for all addresses of a person. */
export function personOf(people: People | undefined, address: string): string {
  const lower = address.toLowerCase();
  return people?.persons.get(lower) ?? lower;
}

/**
 * Who has the role; everybody in `people` when the role is missing there. `undefined` means anybody, because there is
 * no `people`.
 */
export function membersOf(people: People | undefined, role: string): ReadonlySet<string> | undefined {
  if (people === undefined) return undefined;
  return people.roles.get(role) ?? new Set(people.persons.values());
}

export function holdsRole(people: People | undefined, role: string, address: string): boolean {
  return membersOf(people, role)?.has(personOf(people, address)) ?? true;
}

export function holdsOneOf(people: People | undefined, roles: readonly string[], address: string): boolean {
  return roles.some((role) => holdsRole(people, role, address));
}
