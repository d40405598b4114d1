import { useText } from "../../../ui/i18n/language-provider.tsx";
import { Notice } from "../../../ui/notice.tsx";
import { SecureContextReason } from "../../../ui/secure-context.tsx";

type Obstacle = "not-secure" | "no-name" | "no-browser";

/** Why no passkey can work at this address or in this browser; null where they can. */
export function findPasskeyObstacle(): Obstacle | null {
  if (!window.isSecureContext) return "not-secure";
  // A passkey belongs to a name; an address is none.
  if (/^[\d.]+$|^\[/.test(location.hostname)) return "no-name";
  return "PublicKeyCredential" in window ? null : "no-browser";
}

export function PasskeyObstacle({ obstacle }: { obstacle: Obstacle }) {
  const text = useText();
  if (obstacle === "not-secure") return <SecureContextReason of="passkeys" />;
  return (
    <Notice tone="neutral">
      {obstacle === "no-name" ? text.security.passkeysNeedName : text.security.passkeysNeedBrowser}
    </Notice>
  );
}
