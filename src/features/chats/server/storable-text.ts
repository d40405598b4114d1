/**
 * The text as both databases can keep it: no lone surrogate halves (SQLite would replace them) and no NUL (Postgres
 * refuses it). Every replacement is as long as what it replaces, so positions in the text stay right.
 */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}
