// The Hub's refusals as errors of this command line.
import { errorTable, StkError, type ErrorCode } from '../../kernel/errors.ts';
import { isFields, type Fields } from './answer-fields.ts';

/** A problem document (RFC 9457) as an error; an unknown code is judged by the HTTP status. */
export function readProblem(status: number, body: unknown): StkError {
  const problem: Fields = isFields(body) ? body : {};
  const said = problem['code'];
  const code = typeof said === 'string' && isErrorCode(said) ? said : codeOfStatus(status);
  const detail = [problem['detail'], problem['title']].find(
    (part) => typeof part === 'string' && part !== '',
  );
  const {
    type: _type,
    title: _title,
    status: _status,
    detail: _detail,
    hint,
    code: _code,
    ...details
  } = problem;
  return new StkError(code, typeof detail === 'string' ? detail : `the Hub answered ${status}`, {
    ...(typeof hint === 'string' ? { hint } : {}),
    details: { ...details, ...(code === said ? {} : { hubCode: said ?? null }), http: status },
  });
}

const statusCodes: Readonly<Record<number, ErrorCode>> = {
  400: 'malformed',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'unknown-route',
  409: 'conflict',
  412: 'other-release',
  413: 'too-large',
  429: 'too-many-requests',
  502: 'hub-unavailable',
  503: 'hub-unavailable',
  504: 'hub-unavailable',
};

function codeOfStatus(status: number): ErrorCode {
  return statusCodes[status] ?? (status < 500 ? 'malformed' : 'internal');
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}
