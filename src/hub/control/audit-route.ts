// `GET …/audit`: every decision, the newest first, one JSON value a line, sent as it is read.
import { StkError } from '../../kernel/errors.ts';
import { parseSince } from '../../kernel/since.ts';
import type { AuditFilter } from '../../ledger/audit/audit-entry.ts';
import { readAudit } from '../../ledger/audit/read-audit.ts';
import { readRecordsAt } from '../../ledger/records/records-at.ts';
import { Trust } from '../../ledger/trust/trust.ts';
import { requireProject } from './control-request.ts';
import type { ControlRoute, RouteParts } from './control-route.ts';

export function createAuditRoute({ state, clock }: RouteParts): ControlRoute {
  return {
    path: '/api/v1/projects/:project/audit',
    method: 'GET',
    right: 'read',
    isHeavy: false,
    bodyLimit: 0,
    handle: async ({ params, query }) => {
      requireProject(state, params['project']);
      const now = clock.now();
      const filter = parseFilter(query, now);
      const { repo } = state;
      const { pipeline } = state.project();
      const { branch, since } = pipeline.records;
      const [revision, recordsTip = null] = await Promise.all([
        repo.resolve(),
        repo.readRef(`refs/heads/${branch}`),
      ]);
      const trust = new Trust();
      await trust.follow(repo, revision);
      const records = readRecordsAt(repo, { tip: recordsTip, place: { branch, since }, trust });
      return {
        status: 200,
        lines: readAudit({ repo, pipeline, revision, recordsTip, records, trust, now }, filter),
      };
    },
  };
}

function parseFilter(query: URLSearchParams, now: number): AuditFilter {
  const text = query.get('since');
  const since = text === null ? undefined : parseSince(text, now);
  if (text !== null && since === undefined)
    throw new StkError('malformed', 'since must be a day, a time with a zone, or a duration such as 7d');
  return {
    environment: query.get('environment') ?? query.get('env') ?? undefined,
    release: query.get('release') ?? undefined,
    since,
  };
}
