import { useText } from "./i18n/language-provider.tsx";
import { Notice } from "./notice.tsx";

/**
 * Why something does not work here: browsers keep some things for pages that came encrypted or from this machine itself.
 * Shows nothing where all works. `of` names the one thing that the place is about; without it all of them are named.
 */
export function SecureContextReason({ of }: { of?: "passkeys" }) {
  const text = useText();
  if (window.isSecureContext) return null;
  return <Notice tone="neutral">{of === undefined ? text.secureContext.all : text.secureContext[of]}</Notice>;
}
