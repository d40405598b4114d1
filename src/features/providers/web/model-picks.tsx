import { useId, useState } from "react";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import { ModelFacts } from "../../models/web/model-facts.tsx";
import type { RemoteModel } from "../contract.ts";

interface Props {
  /** null: the service does not say which models it has, so they are typed. */
  readonly models: readonly RemoteModel[] | null;
  /** Of the service. */
  readonly name: string;
  readonly chosen: readonly string[];
  readonly onChoose: (ids: readonly string[]) => void;
}

/** So many are found by looking; more need a filter. */
const fewModels = 8;

export function ModelPicks({ models, ...picks }: Props) {
  return models === null ? <TypedModels {...picks} /> : <ListedModels models={models} {...picks} />;
}

function TypedModels({ chosen, onChoose }: Omit<Props, "models">) {
  const text = useText();
  const [typed, setTyped] = useState(chosen.join(", "));
  return (
    <TextField
      label={text.providers.typedModels}
      help={text.providers.typedModelsHelp}
      dir="ltr"
      autoComplete="off"
      spellCheck={false}
      value={typed}
      onChange={({ target }) => {
        setTyped(target.value);
        onChoose(target.value.split(/[\s,]+/).filter((id) => id !== ""));
      }}
    />
  );
}

function ListedModels({ models, name, chosen, onChoose }: Props & { models: readonly RemoteModel[] }) {
  const text = useText();
  const label = useId();
  const [filter, setFilter] = useState("");
  const wanted = filter.trim().toLowerCase();
  const shown = models.filter((model) => `${model.id} ${model.name}`.toLowerCase().includes(wanted));
  const toggle = (id: string) => onChoose(chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id]);
  return (
    <div className="flex flex-col gap-2">
      {models.length > fewModels ? (
        <TextField
          label={text.providers.findModel({ count: models.length })}
          dir="ltr"
          autoComplete="off"
          value={filter}
          onChange={({ target }) => setFilter(target.value)}
        />
      ) : null}
      <p id={label} className="text-interface font-medium">
        {text.providers.chooseModels({ count: chosen.length })}
      </p>
      {shown.length === 0 ? <p className="text-dense text-text-2">{text.providers.noModels}</p> : null}
      <ul aria-labelledby={label} className="picks-height overflow-y-auto rounded-card border border-border">
        {shown.map((model) => (
          <ModelPick
            key={model.id}
            model={model}
            provider={name}
            isChosen={chosen.includes(model.id)}
            onToggle={() => toggle(model.id)}
          />
        ))}
      </ul>
    </div>
  );
}

interface PickProps {
  readonly model: RemoteModel;
  readonly provider: string;
  readonly isChosen: boolean;
  readonly onToggle: () => void;
}

/** As the rows of models that are here: what the service does not say is not known. */
function ModelPick({ model: { id, name, contextTokens }, provider, isChosen, onToggle }: PickProps) {
  const text = useText();
  const [title, facts] = [useId(), useId()];
  return (
    <li className="border-b border-border last:border-b-0">
      <label className="flex min-h-row cursor-pointer items-start gap-3 px-3 py-2 hover:bg-hover">
        <input
          type="checkbox"
          className="mt-1 size-4 shrink-0 accent-accent"
          checked={isChosen}
          onChange={onToggle}
          aria-labelledby={title}
          aria-describedby={facts}
        />
        <span className="flex min-w-0 grow flex-col">
          <span id={title} className="flex flex-wrap items-baseline gap-x-3">
            <span dir="auto" className="min-w-0 wrap-anywhere">
              {name}
            </span>
            {name === id ? null : (
              <code dir="ltr" className="min-w-0 text-meta text-text-3 wrap-anywhere">
                {id}
              </code>
            )}
          </span>
          <span id={facts} className="flex flex-wrap gap-x-4">
            <ModelFacts languages={[]} licence={null} sizeBytes={null} contextTokens={contextTokens} />
            <span className="text-dense text-text-2">{text.providers.answersAt({ name: provider })}</span>
          </span>
        </span>
      </label>
    </li>
  );
}
