import type { ReactNode } from "react";
import { Button } from "../../../ui/button.tsx";
import { useLanguage, useText } from "../../../ui/i18n/language-provider.tsx";
import type { Model } from "../contract.ts";
import { FitsLine } from "./fits-line.tsx";
import { type ModelActions, rowAction } from "./model-actions.ts";
import { ModelFacts } from "./model-facts.tsx";
import { ModelMenu } from "./model-menu.tsx";
import { ModelStateLine } from "./model-state-line.tsx";
import { PlaceLine } from "./place-line.tsx";

interface Props {
  readonly model: Model;
  /** null: this member may only look. */
  readonly actions: ModelActions | null;
  readonly isLoadPending: boolean;
}

export function ModelRow({ model, actions, isLoadPending }: Props) {
  const text = useText();
  const action = rowAction(model);
  return (
    <li className="flex flex-wrap items-start gap-x-6 gap-y-2 border-b border-border py-4 lg:col-span-3 lg:grid lg:grid-cols-subgrid">
      <div className="flex min-w-0 grow basis-64 flex-col gap-1">
        <h3 className="flex flex-wrap items-center gap-2 font-medium">
          <span dir="auto" className="wrap-anywhere">
            {model.name}
          </span>
          {model.isDefault ? <Label>{text.models.isDefault}</Label> : null}
        </h3>
        {model.isStarter ? <p className="text-dense text-warning">{text.models.starter}</p> : null}
        <ModelFacts {...model} />
        <PlaceLine model={model} />
        <Details model={model} />
      </div>
      <div className="flex min-w-0 grow basis-64 flex-col gap-1 text-dense sm:grow-0">
        <ModelStateLine state={model.state} />
        {model.memory === null || model.state.status === "unavailable" ? null : (
          <FitsLine memory={model.memory} speed={model.speed} />
        )}
      </div>
      {actions === null ? null : (
        <div className="flex items-start gap-1 lg:max-w-44 lg:justify-end">
          {action === "load" ? (
            <Button onClick={() => actions.load(model)} disabled={isLoadPending}>
              {text.models.load}
            </Button>
          ) : null}
          {action === "make-default" ? (
            <Button onClick={() => actions.makeDefault(model)}>{text.models.makeDefault}</Button>
          ) : null}
          <ModelMenu model={model} actions={actions} />
        </div>
      )}
    </li>
  );
}

function Label({ children }: { children: ReactNode }) {
  return <span className="rounded-control bg-sunken px-2 text-meta font-normal text-text-2">{children}</span>;
}

function Details({ model }: { model: Model }) {
  const { text, format } = useLanguage();
  const facts = [
    { label: text.models.parameters, value: model.parameterCount === null ? null : format.count(model.parameterCount) },
    { label: text.models.quantization, value: model.quantization },
    {
      label: text.models.context,
      value: model.contextTokens === null ? null : text.models.tokens({ count: model.contextTokens }),
    },
    { label: text.models.id, value: <code className="break-all">{model.id}</code> },
    {
      label: text.models.path,
      value: model.place?.path ? <code className="break-all">{model.place.path}</code> : null,
    },
  ];
  return (
    <details className="text-dense text-text-2">
      <summary aria-label={text.models.details({ name: model.name })} className="w-fit rounded-control py-1">
        {text.common.details}
      </summary>
      <dl className="tabular mt-1 flex flex-col gap-1">
        {facts.map((fact) =>
          fact.value === null ? null : (
            <div key={fact.label} className="flex flex-wrap gap-x-2">
              <dt className="text-text-3">{fact.label}</dt>
              <dd className="min-w-0">{fact.value}</dd>
            </div>
          ),
        )}
      </dl>
    </details>
  );
}
