import { CircleCheck, CircleX } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "../../../ui/button.tsx";
import { useLanguage, useText } from "../../../ui/i18n/language-provider.tsx";
import { Icon } from "../../../ui/icon.tsx";
import type { Model } from "../contract.ts";
import { ModelStateLine } from "./model-state-line.tsx";

interface Props {
  readonly model: Model;
  /** null: this member may not load models. */
  readonly onLoad: (() => void) | null;
  readonly isLoadPending: boolean;
}

export function ModelRow({ model, onLoad, isLoadPending }: Props) {
  const { text, format } = useLanguage();
  const languages =
    model.languages.length === 0 ? text.models.languagesUnknown : format.list(model.languages.map(format.languageName));
  const canLoad = model.state.status === "idle" && model.memory?.fits === true && onLoad !== null;
  return (
    <li className="flex flex-wrap items-start gap-x-6 gap-y-2 border-b border-border py-4">
      <div className="flex min-w-0 grow basis-64 flex-col gap-1">
        <h3 className="flex flex-wrap items-center gap-2 font-medium">
          <span dir="auto" className="wrap-anywhere">
            {model.name}
          </span>
          {model.isDefault ? <Label>{text.models.isDefault}</Label> : null}
        </h3>
        {model.isStarter ? <p className="text-dense text-warning">{text.models.starter}</p> : null}
        <p className="tabular flex flex-wrap gap-x-4 text-dense text-text-2">
          <span>{languages}</span>
          <span>{model.licence ?? text.models.licenceUnknown}</span>
          {model.sizeBytes === null ? null : <span>{format.bytes(model.sizeBytes)}</span>}
        </p>
        <Details model={model} />
      </div>
      <div className="flex min-w-0 grow basis-64 flex-col gap-1 text-dense sm:grow-0">
        <ModelStateLine state={model.state} />
        {model.memory === null ? null : <Fits memory={model.memory} />}
      </div>
      <div className={canLoad ? "min-w-24" : "hidden min-w-24 sm:block"}>
        {canLoad ? (
          <Button onClick={onLoad} disabled={isLoadPending}>
            {text.models.load}
          </Button>
        ) : null}
      </div>
    </li>
  );
}

function Label({ children }: { children: ReactNode }) {
  return <span className="rounded-control bg-sunken px-2 text-meta font-normal text-text-2">{children}</span>;
}

function Fits({ memory }: { memory: NonNullable<Model["memory"]> }) {
  const text = useText();
  const needed = memory.neededBytes;
  return (
    <p className={`tabular flex items-center gap-2 ${memory.fits ? "text-text-2" : "text-danger"}`}>
      <Icon of={memory.fits ? CircleCheck : CircleX} />
      <span>
        {text.models.fits}:{" "}
        {memory.fits ? text.models.fitsYes({ needed }) : text.models.fitsNo({ needed, free: memory.freeBytes })}
      </span>
    </p>
  );
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
              <dd>{fact.value}</dd>
            </div>
          ),
        )}
      </dl>
    </details>
  );
}
