// Names: the syntax of an id, an operation name and a permission.

const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const operationPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}(\.[A-Za-z0-9][A-Za-z0-9_-]{0,63})*$/;
const permissionPattern = /^(\*|[A-Za-z0-9][A-Za-z0-9_-]{0,63}(\.[A-Za-z0-9][A-Za-z0-9_-]{0,63})*(\.\*)?)$/;

/** Pattern of a release, environment, project or role id, for JSON Schemas and messages. */
export const idSyntax = idPattern.source;
export const operationSyntax = operationPattern.source;
export const permissionSyntax = permissionPattern.source;

export function isId(text: string): boolean {
  return idPattern.test(text);
}
