// Asks for a token when the Hub requires one. It is kept for this tab and sent as a header, never as part of an
// address.
import { fieldOf } from '../parts/words.ts';
import { begin, useKnown } from '../state/store.ts';

export function TokenView() {
  const { problem } = useKnown();
  const submit = (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }): void => {
    event.preventDefault();
    void begin(fieldOf(event.currentTarget, 'token'));
  };
  return (
    <form onSubmit={submit} class="panel sign-in">
      <h1>Sign in</h1>
      <p>
        This Hub asks who you are. Paste a token that holds a role of auth.control.read or auth.control.write.
      </p>
      {problem === undefined ? null : <p role="alert">{problem}</p>}
      <label>
        Token
        <input name="token" type="password" required autocomplete="off" spellcheck={false} />
      </label>
      <div class="actions">
        <button type="submit" class="primary">
          Sign in
        </button>
      </div>
    </form>
  );
}
