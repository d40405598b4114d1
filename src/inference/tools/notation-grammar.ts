// Arguments in a notation without quotation marks around keys. Their form is enforced, their schema is not.

/** `quote`: how the mark around strings is written in the grammar. */
export function notationArguments(quote: string): string {
  return `${[
    "root ::= object",
    'object ::= "{" (pair ("," pair)*)? "}"',
    'pair ::= key ":" value',
    "key ::= [a-zA-Z_] [a-zA-Z0-9_.-]*",
    `value ::= string | number | "true" | "false" | "null" | object | "[" (value ("," value)*)? "]"`,
    `string ::= ${quote} [^<]* ${quote}`,
    'number ::= "-"? [0-9] [0-9]* ("." [0-9] [0-9]*)?',
  ].join("\n")}\n`;
}
