import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ShownOnce } from "../../../ui/shown-once.tsx";

/** A link that lets somebody in. */
export function ShownLink({ url, until, onDone }: { url: string; until: number; onDone: () => void }) {
  const text = useText();
  return (
    <ShownOnce
      title={text.invitations.linkTitle}
      help={text.invitations.linkHelp({ until })}
      caution={isForThisMachine(url) ? text.invitations.onlyHere({ flag: "--host 0.0.0.0" }) : null}
      secret={url}
      done={text.invitations.copied}
      onDone={onDone}
    />
  );
}

/** The server had no address to give that another machine could open. */
function isForThisMachine(url: string): boolean {
  return /^(localhost|.*\.localhost|127\..*|\[::1\])$/.test(new URL(url).hostname);
}
