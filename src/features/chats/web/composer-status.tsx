import { useText } from "../../../ui/i18n/language-provider.tsx";
import { OriginIcon } from "../../../ui/origin-icon.tsx";
import { knowsScript } from "../../../ui/text-script.ts";
import type { Model } from "../../models/contract.ts";
import { maxMessageCharacters } from "../contract.ts";

interface Props {
  readonly draft: string;
  readonly model: Model | undefined;
  readonly isOffline: boolean;
  readonly onChooseModel: () => void;
}

/** The line under the message box: what a person should know before sending. */
export function ComposerStatus({ draft, model, isOffline, onChooseModel }: Props) {
  const text = useText();
  const tooMany = draft.length - maxMessageCharacters;
  if (tooMany > 0) return <p className="text-danger">{text.composer.tooLong({ characters: tooMany })}</p>;
  if (isOffline)
    return (
      <p role="status" className="text-warning">
        {text.composer.offlineIdle}
      </p>
    );
  if (model !== undefined && !knowsScript(model.languages, draft)) {
    return (
      <p role="status" className="text-warning">
        {text.composer.unknownLanguage({ languages: model.languages.slice(0, 4) })}{" "}
        <button type="button" onClick={onChooseModel} className="font-medium underline underline-offset-4">
          {text.composer.chooseAnother}
        </button>
      </p>
    );
  }
  if (model !== undefined && model.madeBy !== "here") {
    return (
      <p role="status" className="flex items-center gap-2 text-text-2">
        <OriginIcon madeBy={model.madeBy} />
        {text.composer.leaves({ provider: model.madeBy })}
      </p>
    );
  }
  return <p className="hidden text-text-3 sm:block">{text.composer.hint}</p>;
}
