import { TriangleAlert } from "lucide-react";
import { useEffect, useRef } from "react";
import { Button } from "./button.tsx";
import { CopyButton } from "./copy-button.tsx";
import { useText } from "./i18n/language-provider.tsx";
import { Icon } from "./icon.tsx";

interface Props {
  readonly title: string;
  readonly help: string;
  /** Why it may not do what it is for. */
  readonly caution?: string | null;
  readonly secret: string;
  /** On the button that puts it away. */
  readonly done: string;
  readonly onDone: () => void;
}

/** What lets somebody in: shown this once, to be copied. It stands where a form was, and takes the focus from there. */
export function ShownOnce({ title, help, caution = null, secret, done, onDone }: Props) {
  const text = useText();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section aria-label={title} className="flex flex-col gap-3 rounded-card bg-success-soft p-4">
      <h3 ref={heading} tabIndex={-1} className="font-semibold text-success outline-none">
        {title}
      </h3>
      <p>{help}</p>
      {caution === null ? null : (
        <p className="flex items-start gap-2 text-warning">
          <Icon of={TriangleAlert} className="mt-0.5" />
          <span>{caution}</span>
        </p>
      )}
      <div className="flex items-center gap-2 rounded-control border border-control bg-surface ps-3">
        <code dir="ltr" className="code-text min-w-0 grow py-1 break-all">
          {secret}
        </code>
        <CopyButton label={text.common.copy} read={() => secret} />
      </div>
      <Button className="self-start" onClick={onDone}>
        {done}
      </Button>
    </section>
  );
}
