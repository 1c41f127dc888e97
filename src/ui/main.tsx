// The dashboard: one page, drawn from the Hub's data. The part of the address after `#` selects the view.
import { render } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useRoute } from './state/route.ts';
import { begin, useKnown } from './state/store.ts';
import { AuditView } from './views/audit.tsx';
import { CanaryView } from './views/canary.tsx';
import { EnvironmentView } from './views/environment.tsx';
import { MoveView } from './views/move.tsx';
import { PipelineView } from './views/pipeline.tsx';
import { ReleaseView } from './views/release.tsx';
import { ReleasesView } from './views/releases.tsx';
import { TokenView } from './views/token.tsx';

function Page() {
  const known = useKnown();
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const [view = ''] = route.parts;
  const place = route.parts.join('/');
  const first = useRef(true);
  useEffect(() => {
    document.title = ['stk', known.project, place].filter((part) => part !== '').join(' · ');
    // Keyboard users start at the new view.
    if (!first.current) main.current?.focus();
    first.current = false;
  }, [place, known.project]);
  if (known.phase === 'starting')
    return <main>{known.problem === undefined ? '' : <p role="status">{known.problem}</p>}</main>;
  const link = (to: string, label: string, isHere: boolean) => (
    <a href={`#/${to}`} aria-current={isHere ? 'page' : undefined}>
      {label}
    </a>
  );
  return (
    <>
      <header>
        <a class="brand" href="#/">
          <svg aria-hidden="true" viewBox="0 0 24 24" width="22" height="22">
            <path d="M5 7h14M5 12h9M5 17h4" />
          </svg>
          {known.project === '' ? 'stk' : known.project}
        </a>
        {known.phase === 'token' ? null : (
          <nav aria-label="views">
            {link('', 'Pipeline', ['', 'environment', 'canary', 'move'].includes(view))}
            {link('releases', 'Releases', ['releases', 'release'].includes(view))}
            {link('audit', 'Audit', view === 'audit')}
          </nav>
        )}
        <span class="who">
          {known.me.subject ?? ''}
          {known.me.subject === null ? null : (
            <button type="button" class="quiet" onClick={() => void begin('')}>
              Sign out
            </button>
          )}
        </span>
      </header>
      {known.phase === 'ready' && !known.isConnected ? (
        <p class="lost" role="alert">
          The Hub does not answer. What is shown may be old; the page asks again every second.
        </p>
      ) : null}
      <main ref={main} tabIndex={-1}>
        {known.phase === 'token' ? <TokenView /> : <View {...route} />}
      </main>
    </>
  );
}

function View({ parts, query }: ReturnType<typeof useRoute>) {
  const [view = '', name = '', action] = parts;
  switch (view) {
    case '':
      return <PipelineView follow={query.get('follow') ?? ''} />;
    case 'environment':
      return <EnvironmentView key={name} environment={name} />;
    case 'canary':
      return <CanaryView key={name} environment={name} />;
    case 'move':
      return (
        <MoveView
          key={parts.join('/')}
          environment={name}
          action={action === 'rollback' ? 'rollback' : 'promote'}
          asked={query.get('release')}
        />
      );
    case 'releases':
      return <ReleasesView />;
    case 'release':
      return <ReleaseView key={name} release={name} />;
    case 'audit':
      return <AuditView />;
    default:
      return <p role="alert">There is no such page.</p>;
  }
}

const root = document.getElementById('app');
if (root !== null) render(<Page />, root);
void begin();
