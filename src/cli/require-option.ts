import { AppError } from "../platform/errors.ts";
import type { CommandCall } from "./command.ts";

/** Throws AppError settings_invalid when it was left out. */
export function requireOption({ options }: CommandCall, name: string): string {
  const value = options[name];
  if (typeof value !== "string" || value.trim() === "") {
    throw new AppError("settings_invalid", { problems: `--${name} is missing.` });
  }
  return value;
}

export function requireArgument({ argument }: CommandCall, what: string): string {
  if (argument === undefined) {
    throw new AppError("settings_invalid", { problems: `${what} is missing.` });
  }
  return argument;
}
