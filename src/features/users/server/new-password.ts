// What a new password must be beyond its length: nothing that is tried first wherever passwords are guessed. The only way
// to a stored hash of a new password is through here: setting up, invitations, resets, changes and the command line.
import { AppError } from "../../../platform/errors.ts";
import type { Passwords } from "./password.ts";

/** Whose password it is to be: their own words are the first that somebody tries. */
export interface PasswordPerson {
  readonly name: string;
  readonly email: string;
}

/** Throws password_too_common, too_many_attempts. */
export async function hashNewPassword(passwords: Passwords, password: string, person: PasswordPerson): Promise<string> {
  if (await isTooCommon(password, person)) {
    throw new AppError("password_too_common");
  }
  return passwords.hash(password);
}

const fewestCharacters = 4;
const leastWordLetters = 3;
const longestRepeatedUnit = 4;
/** What stays when everything that is easily guessed has been taken out must still be worth something. */
const leastOwnLetters = 4;

const guessedWords = ["shobar", "password", "passwort", "passphrase", "qwerty", "letmein", "iloveyou", "welcome"];
const adminWords = ["administrator", "admin", "owner", "secret", "changeme", "default", "master", "login"];
const keyboardRows = ["qwertyuiopasdfghjklzxcvbnm", "qazwsxedcrfvtgbyhnujmikolp", "abcdefghijklmnopqrstuvwxyz"];
const digitRow = "01234567890";

export async function isTooCommon(password: string, person: PasswordPerson): Promise<boolean> {
  const folded = password.normalize("NFKC").toLowerCase();
  const core = coreOf(folded);
  const forms = [folded, core, withoutDisguise(folded), withoutDisguise(core)];
  const words = [...guessedWords, ...adminWords, ...wordsOf(person)];
  return (
    new Set(folded).size < fewestCharacters ||
    isRepeated(folded) ||
    isAlongRow(folded) ||
    forms.some((form) => isMadeOf(words, form)) ||
    (await isListed(forms))
  );
}

async function isListed(forms: readonly string[]): Promise<boolean> {
  // Read when a first password is set, not at every start.
  const { commonPasswordList } = await import("./common-password-list.ts");
  return forms.some((form) => commonPasswordList.includes(`\n${form}\n`));
}

/** `P@ssw0rd` is read as `password`. */
function withoutDisguise(text: string): string {
  const letters: Readonly<Record<string, string>> = {
    "0": "o",
    "1": "i",
    "3": "e",
    "4": "a",
    "5": "s",
    "7": "t",
    "@": "a",
    $: "s",
    "!": "i",
  };
  return text.replace(/[013457@$!]/g, (sign) => letters[sign] ?? sign);
}

/** Without the year, the digits and the exclamation mark that people add before and after. */
function coreOf(text: string): string {
  return text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, "");
}

/** `abcabcabcabc`: a short piece again and again, the last one perhaps cut. */
function isRepeated(text: string): boolean {
  return Array.from({ length: longestRepeatedUnit }, (_, index) => text.slice(0, index + 1)).some(
    (unit) => unit.repeat(Math.ceil(text.length / unit.length)).slice(0, text.length) === text,
  );
}

/** Keys side by side, letters or digits in sequence, forwards or backwards, perhaps all around again. */
function isAlongRow(text: string): boolean {
  const rows = [...keyboardRows, digitRow.slice(0, -1), digitRow.slice(1)];
  return rows
    .flatMap((row) => [row, [...row].toReversed().join("")])
    .some((row) => row.repeat(2 + Math.ceil(text.length / row.length)).includes(text));
}

/** Nothing but guessed words, each once or again and again, with digits and marks between them. */
function isMadeOf(words: readonly string[], text: string): boolean {
  const longestFirst = words.toSorted((a, b) => b.length - a.length);
  const rest = longestFirst.reduce((left, word) => left.replaceAll(word, " "), text);
  return rest !== text && (rest.match(/\p{L}/gu)?.length ?? 0) < leastOwnLetters;
}

function wordsOf({ name, email }: PasswordPerson): string[] {
  const parts = `${name} ${email}`
    .normalize("NFKC")
    .toLowerCase()
    .split(/[^\p{L}\p{M}]+/u);
  return parts.filter((part) => [...part].length >= leastWordLetters);
}
