import { Button } from "../../../ui/button.tsx";
import { useLanguage, useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { describeCode } from "../../../ui/server-problem.ts";
import type { Download } from "../contract.ts";
import { useDiscardDownload, useDownloads, usePauseDownload, useResumeDownload } from "./use-downloads.ts";

/** What is on its way here, waits, has failed or has come; nothing where there is none. */
export function DownloadRows() {
  const text = useText();
  const items = useDownloads().data?.items ?? [];
  const pause = usePauseDownload();
  const resume = useResumeDownload();
  const discard = useDiscardDownload();
  const problem = pause.error ?? resume.error ?? discard.error;
  if (items.length === 0 && problem === null) return null;
  const isPending = pause.isPending || resume.isPending || discard.isPending;
  return (
    <section className="flex flex-col gap-2">
      <h2 className="text-section font-semibold">{text.downloads.title}</h2>
      {problem === null ? null : <ProblemNotice problem={problem} />}
      <ul className="flex flex-col border-t border-border">
        {items.map((download) => (
          <DownloadRow
            key={download.id}
            download={download}
            isPending={isPending}
            onPause={() => pause.mutate(download.id)}
            onResume={() => resume.mutate(download.id)}
            onDiscard={() => discard.mutate(download.id)}
          />
        ))}
      </ul>
    </section>
  );
}

interface RowProps {
  readonly download: Download;
  readonly isPending: boolean;
  readonly onPause: () => void;
  readonly onResume: () => void;
  readonly onDiscard: () => void;
}

function DownloadRow({ download, isPending, onPause, onResume, onDiscard }: RowProps) {
  const text = useText();
  const { fileName: name, state, sizeBytes, receivedBytes } = download;
  const isWaiting = state === "paused" || state === "failed";
  return (
    <li className="flex flex-wrap items-center gap-x-6 gap-y-2 border-b border-border py-3">
      <div className="flex min-w-0 grow basis-64 flex-col gap-1">
        <h3 dir="auto" className="font-medium wrap-anywhere">
          {name}
        </h3>
        <p className="text-dense wrap-anywhere text-text-3">
          <bdi dir="ltr">{download.from}</bdi>
        </p>
        {state === "done" ? null : (
          <progress
            aria-label={text.downloads.progress({ name })}
            max={sizeBytes}
            value={receivedBytes}
            className="w-full"
          />
        )}
        <StateLine download={download} />
      </div>
      <div className="flex min-w-32 justify-end gap-1">
        {isWaiting ? (
          <Button
            look="quiet"
            onClick={onDiscard}
            disabled={isPending}
            aria-label={text.downloads.discardNamed({ name })}
          >
            {text.upload.discard}
          </Button>
        ) : null}
        {state === "fetching" ? (
          <Button onClick={onPause} disabled={isPending} aria-label={text.downloads.pauseNamed({ name })}>
            {text.upload.pause}
          </Button>
        ) : null}
        {isWaiting ? (
          <Button
            onClick={onResume}
            disabled={isPending}
            aria-label={
              state === "failed" ? text.downloads.tryAgainNamed({ name }) : text.downloads.resumeNamed({ name })
            }
          >
            {state === "failed" ? text.downloads.tryAgain : text.downloads.resume}
          </Button>
        ) : null}
        {state === "done" ? (
          <Button onClick={onDiscard} disabled={isPending} aria-label={text.downloads.closeNamed({ name })}>
            {text.common.close}
          </Button>
        ) : null}
      </div>
    </li>
  );
}

/** How far it is, or what is in its way. */
function StateLine({ download }: { download: Download }) {
  const { text, format } = useLanguage();
  const { state, sizeBytes: size, receivedBytes: received, bytesPerSecond, error } = download;
  if (state === "failed") {
    return (
      <p role="status" className="text-dense text-danger">
        {error === null ? text.errors.internal_error : describeCode(error.code, error.message, error.details, text)}
        {received > 0 ? ` ${text.downloads.kept({ received })}` : null}
      </p>
    );
  }
  if (state === "done") {
    return (
      <p role="status" className="text-dense text-success">
        {text.downloads.done}
      </p>
    );
  }
  const share = `${text.upload.sent({ sent: received, size })} (${format.percent((100 * received) / size)})`;
  const sentences = {
    checking: text.upload.checking,
    paused: `${text.downloads.paused} ${share}`,
    fetching: [share, ...paceOf(size - received, bytesPerSecond, text)].join(", "),
  };
  return (
    <p role="status" className="tabular text-dense text-text-2">
      {sentences[state]}
    </p>
  );
}

/** Nothing while nobody knows. */
function paceOf(leftBytes: number, bytesPerSecond: number | null, text: ReturnType<typeof useText>): string[] {
  if (bytesPerSecond === null) return [];
  if (bytesPerSecond < 1) return [text.downloads.nothingComes];
  const pace = text.downloads.pace({ bytesPerSecond });
  return [pace, text.downloads.left({ ms: (1000 * leftBytes) / bytesPerSecond })];
}
