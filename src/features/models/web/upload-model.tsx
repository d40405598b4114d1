import { useEffect, useRef } from "react";
import { Button } from "../../../ui/button.tsx";
import { useLanguage, useText } from "../../../ui/i18n/language-provider.tsx";
import { Notice, ProblemNotice } from "../../../ui/notice.tsx";
import type { FinishedUpload, Upload } from "../uploads-contract.ts";
import type { Added } from "./add-model.tsx";
import { FileUnreadableError } from "./send-file.ts";
import { isSending, type UploadState, useUpload } from "./upload-context.tsx";
import { useDiscardUpload, useUploads } from "./use-uploads.ts";

/** A file from the machine in front of which the person sits. */
export function UploadModel({ onAdded }: { onAdded: Added }) {
  const text = useText();
  const { state, start, pause, forget } = useUpload();
  const uploads = useUploads();
  const unfinished = uploads.data?.items ?? [];
  const told = useRef<FinishedUpload | null>(null);
  useEffect(() => {
    if (state.phase !== "done" || told.current === state.result) return;
    told.current = state.result;
    onAdded([state.result.model]);
  }, [state, onAdded]);
  return (
    <div className="flex flex-col items-start gap-3">
      <p className="text-text-2">{text.upload.help}</p>
      {uploads.data === undefined ? null : (
        <p className="tabular text-dense text-text-2">
          {text.upload.room({ free: uploads.data.freeBytes, largest: uploads.data.maxBytes })}
        </p>
      )}
      {isSending(state) ? <Progress state={state} onPause={pause} /> : null}
      {state.phase === "failed" ? <Failed name={state.fileName} problem={state.problem} /> : null}
      {state.phase === "done" ? <Done result={state.result} onClose={forget} /> : null}
      {isSending(state) ? null : <ChooseFile onChoose={(file) => start(file, unfinished)} />}
      {isSending(state) ? null : <Unfinished uploads={unfinished} />}
    </div>
  );
}

function ChooseFile({ onChoose }: { onChoose: (file: File) => void }) {
  const text = useText();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button onClick={() => input.current?.click()}>{text.upload.choose}</Button>
      <input
        ref={input}
        type="file"
        accept=".gguf"
        hidden
        aria-label={text.upload.choose}
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          // The same file may be chosen again.
          event.target.value = "";
          if (file !== undefined) onChoose(file);
        }}
      />
    </>
  );
}

type Sending = Extract<UploadState, { sentBytes: number }>;

function Progress({ state, onPause }: { state: Sending; onPause: () => void }) {
  const text = useText();
  const { fileName, sentBytes: sent, sizeBytes: size, phase } = state;
  return (
    <div className="flex w-full max-w-form flex-col gap-2">
      <p dir="auto" className="font-medium wrap-anywhere">
        {fileName}
      </p>
      <progress aria-label={text.upload.progress({ name: fileName })} max={size} value={sent} className="w-full" />
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p role="status" className="tabular text-dense text-text-2">
          {phase === "sending" ? text.upload.sent({ sent, size }) : text.upload[phase]}
        </p>
        {phase === "checking" ? null : <Button onClick={onPause}>{text.upload.pause}</Button>}
      </div>
    </div>
  );
}

function Failed({ name, problem }: { name: string; problem: unknown }) {
  const text = useText();
  const heading = text.upload.failed({ name });
  if (!(problem instanceof FileUnreadableError)) return <ProblemNotice heading={heading} problem={problem} />;
  return (
    <div role="alert">
      <Notice tone="danger">
        <p className="font-medium">{heading}</p>
        <p>{text.upload.unreadable}</p>
      </Notice>
    </div>
  );
}

function Done({ result, onClose }: { result: FinishedUpload; onClose: () => void }) {
  const text = useText();
  return (
    <section role="status" className="flex w-full max-w-form flex-col gap-2 rounded-card bg-success-soft p-3">
      <p className="font-medium text-success">{text.upload.done({ name: result.model.name })}</p>
      <p className="text-dense">
        {text.upload.hash}: <code className="break-all">{result.sha256}</code>
      </p>
      <p className="text-dense text-text-2">{text.upload.checkHash}</p>
      <Button className="self-start" onClick={onClose}>
        {text.common.close}
      </Button>
    </section>
  );
}

function Unfinished({ uploads }: { uploads: readonly Upload[] }) {
  const { text, format } = useLanguage();
  const discard = useDiscardUpload();
  if (uploads.length === 0) return null;
  return (
    <div className="flex w-full max-w-form flex-col gap-1">
      <p className="text-text-2">{text.upload.unfinished}</p>
      {discard.isError ? <ProblemNotice problem={discard.error} /> : null}
      <ul>
        {uploads.map(({ id, fileName, receivedBytes: sent, sizeBytes: size }) => (
          <li key={id} className="flex flex-wrap items-center gap-x-3 border-b border-border py-2">
            <div className="min-w-0 grow">
              <p dir="auto" className="wrap-anywhere">
                {fileName}
              </p>
              <p className="tabular text-dense text-text-2">
                {text.upload.sent({ sent, size })} ({format.percent((100 * sent) / size)})
              </p>
            </div>
            <Button
              look="quiet"
              disabled={discard.isPending}
              aria-label={text.upload.discardNamed({ name: fileName })}
              onClick={() => discard.mutate(id)}
            >
              {text.upload.discard}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}
