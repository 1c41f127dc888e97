// Announces incidents that were opened within the last hour, from the files of the followed branch. They have no event,
// so the message is made from the file; the notifier recognises earlier messages by their id.
import { maxIncidentBytes, parseIncident } from '../../../documents/parse-incident.ts';
import type { ConfigRepo } from '../../../git/config-repo.ts';
import { isRegularFile } from '../../../git/objects/parse-tree.ts';
import { asStkError } from '../../../kernel/errors.ts';
import { type Incident, incidentFolder, incidentPath } from '../../../model/pipeline/incident.ts';
import type { Project } from '../../../model/project.ts';
import { messageOf } from '../../../notify/message.ts';
import type { Notifier } from '../../../notify/notifier.ts';
import type { Log } from '../../log.ts';

export interface IncidentNoticesOptions {
  readonly notifier: Pick<Notifier, 'notify'>;
  readonly log: Log;
  /** The project in force. */
  project(): Project;
  isWriter(environment: string): Promise<boolean>;
}

export interface IncidentPlace {
  readonly repo: Pick<ConfigRepo, 'entryAt' | 'entries' | 'text' | 'graph'>;
  readonly revision: string;
}

export class IncidentNotices {
  readonly #options: IncidentNoticesOptions;
  /** Names of files that were read. */
  readonly #seen = new Set<string>();
  #looking: Promise<void> = Promise.resolve();

  constructor(options: IncidentNoticesOptions) {
    this.#options = options;
  }

  /** Checks in the background; nothing waits for it. */
  look(place: IncidentPlace): void {
    if (!this.#options.project().notify.some(({ on }) => on.includes('incident'))) return;
    this.#looking = this.#looking.then(async () => {
      try {
        await this.#look(place);
      } catch (thrown) {
        this.#options.log.warn({ problem: asStkError(thrown).message }, 'incidents cannot be read');
      }
    });
  }

  async settled(): Promise<void> {
    await this.#looking;
  }

  async #look({ repo, revision }: IncidentPlace): Promise<void> {
    const { notifier, isWriter } = this.#options;
    const folder = await repo.entryAt(revision, incidentFolder);
    const entries = folder?.mode === '40000' ? await repo.entries(folder.id) : [];
    for (const entry of entries) {
      const name = entry.name.replace(/\.md$/, '');
      if (name === entry.name || !isRegularFile(entry) || this.#seen.has(name)) continue;
      this.#seen.add(name);
      const parsed = parseIncident(await repo.text(entry.id, maxIncidentBytes), name);
      if (parsed === null || !parsed.ok) continue;
      if (!(await isWriter(parsed.value.environment))) {
        this.#seen.delete(name);
        continue;
      }
      const path = incidentPath(name);
      const [added = revision] = await repo.graph.touching({ tip: revision, known: [], path });
      await notifier.notify(messageOf(describe(parsed.value, added)));
    }
  }
}

function describe(incident: Incident, revision: string): Parameters<typeof messageOf>[0] {
  const { environment, release, opened, severity, title } = incident;
  const what = title === undefined ? `under ${release}` : title;
  return {
    word: 'incident',
    environment,
    release,
    at: opened,
    basis: revision,
    sentence: `${environment}: incident ${incident.incident} (${severity}): ${what}`,
    data: { ...incident, opened: new Date(opened).toISOString(), revision },
  };
}
