import type { UserRole } from "../features/users/contract.ts";

export const settingsSections = [
  "profile",
  "appearance",
  "security",
  "api-keys",
  "people",
  "organisation",
  "engines",
  "backups",
  "whats-new",
] as const;
export type SettingsSection = (typeof settingsSections)[number];

/** Others do not see these, and the server would answer them nothing. */
const adminSections: readonly SettingsSection[] = ["people", "organisation", "engines", "backups", "whats-new"];

export function settingsSectionsFor(role: UserRole): readonly SettingsSection[] {
  return settingsSections.filter((section) => role !== "member" || !adminSections.includes(section));
}

export function isSettingsSection(name: string | undefined, role: UserRole): name is SettingsSection {
  return settingsSectionsFor(role).some((section) => section === name);
}
