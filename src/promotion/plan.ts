// What a promotion or a rollback would do, decided from loaded data alone. Applied by the CLI or the Hub; may be
// printed (--dry-run), tested and stored.

export type Plan =
  | { readonly kind: 'move'; readonly action: 'promote' | 'rollback'; readonly environment: string; readonly from: string | undefined; readonly to: string; readonly source: string | undefined }
  /** The pointer already names it: no commit. */
  | { readonly kind: 'already'; readonly environment: string; readonly release: string };
