// A button that opens a form with the reason and does one thing. The Hub's answer stays until the form is closed.
import { useRef, useState } from 'preact/hooks';
import { Problem } from '../state/hub.ts';
import { Refusal } from './findings.tsx';
import { fieldOf } from './words.ts';

export interface ActProps {
  readonly label: string;
  /** What the button does, in a sentence. */
  readonly explains: string;
  /** `undefined` when it needs no text. */
  readonly asks?: { readonly label: string; readonly isRequired: boolean };
  readonly isDanger?: boolean;
  run(reason: string): Promise<unknown>;
}

export function Act({ label, explains, asks, isDanger, run }: ActProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [problem, setProblem] = useState<Problem>();
  const [isRunning, setRunning] = useState(false);
  const submit = async (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }): Promise<void> => {
    event.preventDefault();
    const reason = fieldOf(event.currentTarget, 'reason');
    setRunning(true);
    setProblem(undefined);
    try {
      await run(reason);
      dialog.current?.close();
    } catch (error) {
      setProblem(error instanceof Problem ? error : new Problem(0, { detail: String(error) }));
    } finally {
      setRunning(false);
    }
  };
  return (
    <>
      <button
        type="button"
        class={isDanger === true ? 'danger' : ''}
        onClick={() => dialog.current?.showModal()}
      >
        {label}
      </button>
      <dialog ref={dialog} aria-label={label}>
        <form onSubmit={(event) => void submit(event)}>
          <h2>{label}</h2>
          <p>{explains}</p>
          {asks === undefined ? null : (
            <label>
              {asks.label}
              <input name="reason" required={asks.isRequired} maxLength={500} autocomplete="off" />
            </label>
          )}
          {problem === undefined ? null : <Refusal problem={problem} />}
          <div class="actions">
            <button type="submit" disabled={isRunning} class={isDanger === true ? 'danger' : 'primary'}>
              {label}
            </button>
            <button type="button" onClick={() => dialog.current?.close()}>
              Close
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}
