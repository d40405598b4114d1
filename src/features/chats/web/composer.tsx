import { ArrowUp, Square } from "lucide-react";
import { type FormEvent, type KeyboardEvent, type Ref, useId, useState } from "react";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { isOffline } from "../../../ui/server-problem.ts";
import { languageOfScript } from "../../../ui/text-script.ts";
import { ModelPicker } from "../../models/web/model-picker.tsx";
import { chosenModel, useModels } from "../../models/web/use-models.ts";
import { maxMessageCharacters } from "../contract.ts";
import { ComposerStatus } from "./composer-status.tsx";

interface Props {
  readonly draft: string;
  readonly onDraft: (text: string) => void;
  readonly onSend: (text: string) => void;
  /** An answer is being written: the button stops it. Writing goes on meanwhile. */
  readonly onStop: (() => void) | null;
  readonly isStopping?: boolean;
  readonly canSend: boolean;
  /** null: the default one. */
  readonly modelId: string | null;
  readonly onChooseModel: (modelId: string) => void;
  readonly boxRef?: Ref<HTMLTextAreaElement>;
}

/** The message box: Enter sends, Shift-Enter breaks the line, send and stop are in the same place. It says which model answers. */
export function Composer({ boxRef, ...props }: Props) {
  const text = useText();
  const statusId = useId();
  const models = useModels();
  const model = chosenModel(models.data?.items ?? [], props.modelId);
  const [isPickerOpen, setPickerOpen] = useState(false);
  const isSendable = props.canSend && props.draft.trim() !== "" && props.draft.length <= maxMessageCharacters;
  const send = () => {
    if (isSendable && props.onStop === null) props.onSend(props.draft.trim());
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send();
  };
  const press = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While a word is being composed (Bengali, Chinese, ...), Enter belongs to the input method.
    const isComposing = event.nativeEvent.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <form onSubmit={submit} className="flex flex-col">
      <div className="flex flex-col rounded-composer border border-control bg-surface focus-within:border-accent focus-within:outline-1 focus-within:outline-accent">
        <textarea
          ref={boxRef}
          autoFocus={!isTouchFirst()}
          rows={1}
          dir="auto"
          lang={languageOfScript(props.draft)}
          aria-label={text.composer.label}
          aria-describedby={statusId}
          enterKeyHint="send"
          placeholder={text.composer.placeholder}
          value={props.draft}
          onChange={(event) => props.onDraft(event.target.value)}
          onKeyDown={press}
          className="grows block w-full resize-none overflow-y-auto bg-transparent px-4 pt-3 text-answer outline-none"
        />
        <div className="flex items-center justify-between gap-2 p-2">
          <div className="flex min-w-0 items-center">
            <ModelPicker
              models={models.data?.items}
              chosen={model}
              onChoose={props.onChooseModel}
              open={isPickerOpen}
              onOpenChange={setPickerOpen}
            />
          </div>
          {props.onStop === null ? (
            <SendButton label={text.composer.send} isEnabled={isSendable} />
          ) : (
            <StopButton label={text.composer.stop} onStop={props.onStop} isStopping={props.isStopping === true} />
          )}
        </div>
      </div>
      {/* One line; its height is always kept. */}
      <div id={statusId} className="min-h-8 px-2 pt-1 text-dense text-text-2">
        <ComposerStatus
          draft={props.draft}
          model={model}
          isOffline={isOffline(models.error)}
          onChooseModel={() => setPickerOpen(true)}
        />
      </div>
    </form>
  );
}

/** On a phone the focus would open the keyboard over the page. */
function isTouchFirst(): boolean {
  return matchMedia("(pointer: coarse)").matches;
}

const sendShape =
  "flex size-control shrink-0 items-center justify-center rounded-control transition-colors disabled:opacity-50";

function SendButton({ label, isEnabled }: { label: string; isEnabled: boolean }) {
  return (
    <button
      type="submit"
      aria-label={label}
      title={label}
      disabled={!isEnabled}
      className={`${sendShape} bg-accent text-on-accent`}
    >
      <Icon of={ArrowUp} />
    </button>
  );
}

function StopButton({ label, onStop, isStopping }: { label: string; onStop: () => void; isStopping: boolean }) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      onClick={onStop}
      disabled={isStopping}
      className={`${sendShape} bg-accent text-on-accent`}
    >
      <Icon of={Square} className="fill-current" />
    </button>
  );
}
