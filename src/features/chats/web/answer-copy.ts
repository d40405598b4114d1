/** An answer as it leaves the product: the text, and a last line that says that a machine wrote it and which. */
export function markedCopy(text: string, mark: string): string {
  return `${text.trimEnd()}\n\n— ${mark}\n`;
}
