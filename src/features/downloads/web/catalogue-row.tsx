import { CircleCheck } from "lucide-react";
import { Button } from "../../../ui/button.tsx";
import { useLanguage, useText } from "../../../ui/i18n/language-provider.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { FitsLine } from "../../models/web/fits-line.tsx";
import type { CatalogueModel, Download } from "../contract.ts";

interface Props {
  readonly model: CatalogueModel;
  /** On its way here already; null where it is not. */
  readonly coming: Download | null;
  readonly isStarting: boolean;
  readonly isDisabled: boolean;
  readonly onFetch: () => void;
}

/** As the rows of the models here: what it is, whether it fits, one thing to do. */
export function CatalogueRow({ model, coming, isStarting, isDisabled, onFetch }: Props) {
  const text = useText();
  return (
    <li className="flex flex-wrap items-start gap-x-6 gap-y-2 border-b border-border py-4 lg:col-span-3 lg:grid lg:grid-cols-subgrid">
      <div className="flex min-w-0 grow basis-64 flex-col gap-1">
        <h3 dir="auto" className="font-medium wrap-anywhere">
          {model.name}
        </h3>
        <GoodFor model={model} />
        <Facts model={model} />
        <Details model={model} />
      </div>
      <div className="flex min-w-0 grow basis-64 flex-col gap-1 text-dense sm:grow-0">
        {model.memory === null ? null : <FitsLine memory={model.memory} speed={model.speed} />}
      </div>
      <div className="flex items-start gap-1 lg:justify-end">
        {model.modelId === null && coming === null ? (
          <Button
            onClick={onFetch}
            disabled={isDisabled}
            aria-label={isStarting ? undefined : text.downloads.fetchNamed({ name: model.name })}
          >
            {isStarting ? text.downloads.asking : text.downloads.fetch}
          </Button>
        ) : (
          <p className="flex min-h-control items-center gap-2 text-dense text-text-2">
            {model.modelId === null ? null : <Icon of={CircleCheck} className="text-success" />}
            {model.modelId === null ? text.downloads.coming : text.downloads.isHere}
          </p>
        )}
      </div>
    </li>
  );
}

function GoodFor({ model }: { model: CatalogueModel }) {
  const { text, format } = useLanguage();
  const purposes = format.list(model.goodFor.map((purpose) => text.downloads.purposes[purpose]));
  return <p className="text-dense text-text-2">{text.downloads.goodFor({ words: purposes })}</p>;
}

const mostLanguages = 4;

function Facts({ model }: { model: CatalogueModel }) {
  const { text, language, format } = useLanguage();
  // The reader's own language first: whether it is among them matters most.
  const codes = [
    ...model.languages.filter((code) => code === language),
    ...model.languages.filter((code) => code !== language),
  ];
  const names = codes.map(format.languageName);
  const spoken =
    names.length > mostLanguages
      ? text.downloads.languagesAndMore({
          words: names.slice(0, mostLanguages - 1).join(", "),
          count: names.length - mostLanguages + 1,
        })
      : format.list(names);
  return (
    <span className="tabular flex flex-wrap gap-x-4 text-dense text-text-2">
      <span>{spoken}</span>
      <span>{text.models.licenceIs({ name: model.licence })}</span>
      <span>{format.bytes(model.sizeBytes)}</span>
    </span>
  );
}

function Details({ model }: { model: CatalogueModel }) {
  const { text, format } = useLanguage();
  const facts = [
    { label: text.downloads.publisher, value: model.publisher },
    { label: text.models.parameters, value: format.count(model.parameterCount) },
    { label: text.models.quantization, value: model.quantization },
    { label: text.models.context, value: text.models.tokens({ count: model.contextTokens }) },
    { label: text.downloads.tried, value: text.downloads.support[model.support] },
    { label: text.models.languages, value: format.list(model.languages.map(format.languageName)) },
    { label: text.models.licence, value: <Code of={model.licenceUrl} /> },
    { label: text.models.path, value: <Code of={model.source} /> },
    { label: text.upload.hash, value: <Code of={model.sha256} /> },
  ];
  return (
    <details className="text-dense text-text-2">
      <summary aria-label={text.models.details({ name: model.name })} className="w-fit rounded-control py-1">
        {text.common.details}
      </summary>
      <dl className="tabular mt-1 flex flex-col gap-1">
        {facts.map(({ label, value }) => (
          <div key={label} className="flex flex-wrap gap-x-2">
            <dt className="text-text-3">{label}</dt>
            <dd className="min-w-0">{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function Code({ of }: { of: string }) {
  return (
    <code dir="ltr" className="break-all">
      {of}
    </code>
  );
}
