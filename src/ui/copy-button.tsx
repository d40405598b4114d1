import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { copyText } from "./copy-text.ts";
import { useText } from "./i18n/language-provider.tsx";
import { IconButton } from "./icon-button.tsx";

const thanksMs = 2000;

/** Copies what `read` returns and says so in its place. */
export function CopyButton({ label, read, className }: { label: string; read: () => string; className?: string }) {
  const text = useText();
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), thanksMs);
    return () => clearTimeout(timer);
  }, [isCopied]);
  return (
    <>
      <IconButton
        icon={isCopied ? Check : Copy}
        label={isCopied ? text.common.copied : label}
        className={className ?? ""}
        onClick={() => void copyText(read()).then(setCopied)}
      />
      <span role="status" className="sr-only">
        {isCopied ? text.common.copied : ""}
      </span>
    </>
  );
}
