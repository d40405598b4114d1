// Finds the end of a JSON object in a text that comes in pieces, without reading what it says.

export interface JsonScan {
  /** How many signs of the text still belong to the object. */
  push(text: string): number;
  isDone(): boolean;
}

/** `depth`: objects that are open already; with none, the text begins with the object's first brace. */
export function scanJson(depth?: number): JsonScan {
  let open = depth ?? 0;
  let isInString = false;
  let isEscaped = false;
  let isDone = depth === 0;

  const read = (sign: string): void => {
    if (isEscaped) isEscaped = false;
    else if (isInString) {
      if (sign === "\\") isEscaped = true;
      else if (sign === '"') isInString = false;
    } else if (sign === '"') isInString = true;
    else if (sign === "{" || sign === "[") open += 1;
    else if (sign === "}" || sign === "]") open -= 1;
  };

  return {
    push(text) {
      for (let at = 0; at < text.length; at += 1) {
        if (isDone) return at;
        read(text[at] as string);
        isDone = !isInString && open <= 0;
      }
      return text.length;
    },
    isDone: () => isDone,
  };
}
