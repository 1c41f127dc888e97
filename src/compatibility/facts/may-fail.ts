// Whether an expression, as PostgreSQL writes it, may fail for some values or settings, or return NULL. A guess by its
// words.

const doubtful =
  /\b(?:current_setting|nullif|to_number|to_date|to_timestamp|sqrt|ln|log|power|chr|split_part|inet_(?:client|server)_addr)\s*\(|->|\)\[|\bcase\b| [/%] |\|\|.*\)::|\bNULL::/i;
/** A column's value may fail: a text may be no number, a number too large. A constant such as `(3)::numeric` cannot fail. */
const narrowed =
  /(?<!\(-?\d+(?:\.\d+)?)\)::(?:smallint|integer|bigint|numeric|real|double precision|date|time|timestamp|interval|uuid|inet|cidr|boolean)/i;

export function mayFail(expression: string): boolean {
  return doubtful.test(expression);
}

export function mayFailOfRow(expression: string): boolean {
  return doubtful.test(expression) || narrowed.test(expression);
}
