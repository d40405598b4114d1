import { commands } from "./commands.ts";

const firstWords = [...new Set(commands.map(({ name }) => name.split(" ")[0]))].join("|");
const typedCommand = new RegExp(`(?<![\\w/.-])shobar (?=(?:${firstWords}|COMMAND|--help)\\b|--help)`, "g");

/** A text for people, with each command named as this installation types it; a comment of a file that is shown stays as it is. */
export function asTyped(text: string, program: string): string {
  return text.replaceAll(/^(?!#).*$/gm, (line) => line.replaceAll(typedCommand, `${program} `));
}
