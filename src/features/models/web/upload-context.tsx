import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from "react";
import { call } from "../../../ui/call.ts";
import { makeId } from "../../../ui/make-id.ts";
import { type FinishedUpload, startUpload, type Upload } from "../uploads-contract.ts";
import { sendFile, type SendingPhase } from "./send-file.ts";
import { modelsQuery } from "./use-models.ts";

export type UploadState =
  | { readonly phase: "none" }
  | { readonly phase: SendingPhase; readonly fileName: string; readonly sentBytes: number; readonly sizeBytes: number }
  | { readonly phase: "done"; readonly result: FinishedUpload }
  | { readonly phase: "failed"; readonly fileName: string; readonly problem: unknown };

type Sending = Extract<UploadState, { phase: SendingPhase }>;

/** Also while it waits for the connection or for room. */
export function isSending(state: UploadState): state is Sending {
  return state.phase !== "none" && state.phase !== "done" && state.phase !== "failed";
}

interface Uploading {
  readonly state: UploadState;
  /** Goes on with an unfinished upload of the same file, or begins one. */
  start(file: File, unfinished: readonly Upload[]): void;
  /** What has arrived stays on the server. */
  pause(): void;
  forget(): void;
}

const UploadContext = createContext<Uploading | null>(null);

export function useUpload(): Uploading {
  const uploading = useContext(UploadContext);
  if (uploading === null) throw new Error("UploadProvider is missing above this component.");
  return uploading;
}

/** One upload at a time, going on while a person looks at other pages of the app. */
export function UploadProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<UploadState>({ phase: "none" });
  const running = useRef<AbortController | null>(null);
  const isRunning = isSending(state);
  useEffect(() => {
    if (!isRunning) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [isRunning]);

  const send = async (file: File, unfinished: readonly Upload[], signal: AbortSignal): Promise<UploadState> => {
    const onProgress = (phase: SendingPhase, sentBytes: number) =>
      setState({ phase, fileName: file.name, sentBytes, sizeBytes: file.size });
    try {
      const before = unfinished.find((each) => isOf(each, file));
      const uploadId = makeId();
      const begin = async () => before ?? (await beginUpload(uploadId, file, signal));
      return { phase: "done", result: await sendFile(file, begin, { signal, onProgress }) };
    } catch (problem) {
      return signal.aborted ? { phase: "none" } : { phase: "failed", fileName: file.name, problem };
    }
  };

  const uploading: Uploading = {
    state,
    start(file, unfinished) {
      running.current?.abort();
      const controller = new AbortController();
      running.current = controller;
      setState({ phase: "sending", fileName: file.name, sentBytes: 0, sizeBytes: file.size });
      void send(file, unfinished, controller.signal).then((end) => {
        if (running.current === controller) setState(end);
        void client.invalidateQueries({ queryKey: modelsQuery.queryKey });
      });
    },
    pause() {
      running.current?.abort();
      running.current = null;
      setState({ phase: "none" });
      void client.invalidateQueries({ queryKey: modelsQuery.queryKey });
    },
    forget: () => setState({ phase: "none" }),
  };
  return <UploadContext value={uploading}>{children}</UploadContext>;
}

function beginUpload(uploadId: string, file: File, signal: AbortSignal): Promise<Upload> {
  const { name: fileName, size: sizeBytes, lastModified: modifiedAt } = file;
  return call(startUpload, { body: { uploadId, fileName, sizeBytes, modifiedAt }, signal });
}

function isOf(upload: Upload, { name, size, lastModified }: File): boolean {
  return upload.fileName === name && upload.sizeBytes === size && upload.modifiedAt === lastModified;
}
