import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ShownOnce } from "../../../ui/shown-once.tsx";

/** A link that lets somebody in. */
export function ShownLink({ url, until, onDone }: { url: string; until: number; onDone: () => void }) {
  const text = useText();
  return (
    <ShownOnce
      title={text.invitations.linkTitle}
      help={text.invitations.linkHelp({ until })}
      secret={url}
      done={text.invitations.copied}
      onDone={onDone}
    />
  );
}
