// Several grammars in one: the rules of each get a name of their own.
import { literalText } from "./grammar-rules.ts";

/** A text that must stand as it is. */
export function literal(text: string): string {
  return text === "" ? '""' : (literalText(text) as { readonly text: string }).text;
}

/** The same rules with `prefix` in front of each name; its start is then `<prefix>root`. */
export function prefixRules(grammar: string, prefix: string): string {
  // Names stand outside of quotes, classes, tokens and comments; those of marks stay.
  return grammar.replaceAll(
    /"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|<[^>\s]*>|#[^\n]*|MARK\d+|([A-Za-z][\w-]*)/gu,
    (whole: string, name: string | undefined) => (name === undefined ? whole : prefix + name),
  );
}
