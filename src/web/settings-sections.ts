export const settingsSections = ["profile", "appearance", "api-keys"] as const;
export type SettingsSection = (typeof settingsSections)[number];

export function isSettingsSection(name: string | undefined): name is SettingsSection {
  return settingsSections.some((section) => section === name);
}
