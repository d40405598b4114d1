import { useEffect, useRef } from "react";
import { Button } from "../../../ui/button.tsx";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";

/** Shown once, to be copied or written down. */
export function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const text = useText();
  const title = useRef<HTMLParagraphElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <div className="flex flex-col gap-4">
      <p ref={title} tabIndex={-1} role="status" className="font-medium">
        {text.security.keepCodes}
      </p>
      <p className="text-text-2">{text.security.keepCodesHelp}</p>
      <div className="flex items-start gap-2 rounded-card bg-sunken p-3">
        <ul dir="ltr" className="code-text flex grow flex-col gap-1">
          {codes.map((code) => (
            <li key={code}>
              <code>{code}</code>
            </li>
          ))}
        </ul>
        <CopyButton label={text.common.copy} read={() => codes.join("\n")} />
      </div>
      <Button look="primary" onClick={onDone}>
        {text.security.codesKept}
      </Button>
    </div>
  );
}
