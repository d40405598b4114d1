import { OwnSessions } from "./own-sessions.tsx";
import { Passkeys } from "./passkeys.tsx";
import { PasswordSettings } from "./password-settings.tsx";
import { TwoFactor } from "./two-factor.tsx";

/** One's own ways in. */
export function SecuritySettings() {
  return (
    <div className="flex flex-col gap-8">
      <PasswordSettings />
      <TwoFactor />
      <Passkeys />
      <OwnSessions />
    </div>
  );
}
