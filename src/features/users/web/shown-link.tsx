import { Button } from "../../../ui/button.tsx";
import { CopyButton } from "../../../ui/copy-button.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";

/** A link that lets somebody in: shown this once, to be copied. */
export function ShownLink({ url, until, onDone }: { url: string; until: number; onDone: () => void }) {
  const text = useText();
  return (
    <section role="status" className="flex flex-col gap-3 rounded-card bg-success-soft p-4">
      <h3 className="font-semibold text-success">{text.invitations.linkTitle}</h3>
      <p>{text.invitations.linkHelp({ until })}</p>
      <div className="flex items-center gap-2 rounded-control border border-control bg-surface ps-3">
        <code dir="ltr" className="code-text min-w-0 grow py-1 break-all">
          {url}
        </code>
        <CopyButton label={text.common.copy} read={() => url} />
      </div>
      <Button className="self-start" onClick={onDone}>
        {text.invitations.copied}
      </Button>
    </section>
  );
}
