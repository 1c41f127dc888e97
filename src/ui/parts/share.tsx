// The share of the calls that a canary gets, as a bar.

export function Share({ weight }: { readonly weight: number }) {
  return (
    <span
      class="share"
      role="meter"
      aria-label="share of the calls"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={weight}
    >
      <span style={{ width: `${Math.min(100, weight)}%` }} />
    </span>
  );
}
