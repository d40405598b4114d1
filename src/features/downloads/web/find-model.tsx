import { Languages, Tag } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { useLanguage, useText } from "../../../ui/i18n/language-provider.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { Select } from "../../../ui/select.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import { useToast } from "../../../ui/toast.tsx";
import { type CatalogueModel, Purpose, searchCatalogue } from "../contract.ts";
import { bestFirst } from "./best-first.ts";
import { CatalogueRow } from "./catalogue-row.tsx";
import { useCatalogue, useDownloads, useStartDownload } from "./use-downloads.ts";

const any = "any";
const shownAtFirst = 6;

/** Models that can be fetched: from the catalogue that comes with the product, or by a repository or an address. */
export function FindModel() {
  const text = useText();
  const downloads = useDownloads().data;
  const { begin, start } = useBegin();
  return (
    <div className="flex flex-col gap-6">
      <p className="text-text-2">
        {text.downloads.help({ host: downloads?.host ?? "", free: downloads?.freeBytes ?? null })}
      </p>
      <Catalogue onFetch={begin} starting={start.isPending ? start.variables : null} problem={start.error} />
      <SourceForm />
    </div>
  );
}

/** What is here already is said so; else its row appears among the downloads. */
function useBegin() {
  const text = useText();
  const showToast = useToast();
  const start = useStartDownload();
  const begin = (source: string, onBegun: () => void = () => {}) =>
    start.mutate(source, {
      onSuccess: ({ modelId, download }) => {
        onBegun();
        showToast({
          sentence:
            modelId === null
              ? text.downloads.begun({ name: download?.fileName ?? source })
              : text.downloads.wasHere({ id: modelId }),
        });
      },
    });
  return { begin, start };
}

interface CatalogueProps {
  readonly onFetch: (id: string) => void;
  /** Whose download is being asked for. */
  readonly starting: string | null;
  readonly problem: Error | null;
}

function Catalogue({ onFetch, starting, problem }: CatalogueProps) {
  const text = useText();
  const catalogue = useCatalogue();
  const downloads = useDownloads().data?.items ?? [];
  const [words, setWords] = useState("");
  const [language, setLanguage] = useState(any);
  const [purpose, setPurpose] = useState(any);
  const [isAll, setAll] = useState(false);
  if (catalogue.isPending) return <Skeleton rows={4} rowClasses="h-16" />;
  if (catalogue.data === undefined) {
    const retry = () => void catalogue.refetch();
    return <ProblemNotice heading={text.downloads.catalogueFailed} problem={catalogue.error} onRetry={retry} />;
  }
  const { items } = catalogue.data;
  const wish = {
    words,
    language: language === any ? undefined : language,
    purpose: purpose === any ? undefined : purpose,
  };
  const found = bestFirst(searchCatalogue(items, wish));
  const shown = isAll ? found : found.slice(0, shownAtFirst);
  const comingOf = ({ source }: CatalogueModel) =>
    downloads.find(({ fileName, state }) => state !== "done" && source.endsWith(`/${fileName}`)) ?? null;
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-end gap-x-4 gap-y-2">
        <TextField
          type="search"
          label={text.downloads.search}
          className="min-w-0 grow basis-56"
          maxLength={100}
          autoComplete="off"
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
        <Filters items={items} {...{ language, setLanguage, purpose, setPurpose }} />
      </div>
      {problem === null ? null : <ProblemNotice heading={text.downloads.notBegun} problem={problem} />}
      <p role="status" className="text-dense text-text-2">
        {text.downloads.found({ count: found.length })}
      </p>
      <ul className="flex flex-col border-t border-border empty:hidden lg:grid lg:models-columns">
        {shown.map((model) => (
          <CatalogueRow
            key={model.id}
            model={model}
            coming={comingOf(model)}
            isStarting={starting === model.id}
            isDisabled={starting !== null}
            onFetch={() => onFetch(model.id)}
          />
        ))}
      </ul>
      {found.length > shown.length ? (
        <Button className="self-start" onClick={() => setAll(true)}>
          {text.downloads.showAll({ count: found.length })}
        </Button>
      ) : null}
    </div>
  );
}

interface FilterProps {
  readonly items: readonly CatalogueModel[];
  readonly language: string;
  readonly setLanguage: (language: string) => void;
  readonly purpose: string;
  readonly setPurpose: (purpose: string) => void;
}

function Filters({ items, language, setLanguage, purpose, setPurpose }: FilterProps) {
  const { text, language: own, format } = useLanguage();
  const languages = [...new Set(items.flatMap((model) => model.languages))]
    .map((code) => ({ value: code, label: format.languageName(code) }))
    .toSorted((one, other) => one.label.localeCompare(other.label, own));
  const purposes = Purpose.options.map((value) => ({ value: value as string, label: text.downloads.purposes[value] }));
  return (
    <>
      <Select
        label={text.models.languages}
        value={language}
        options={[{ value: any, label: text.models.anyLanguage }, ...languages]}
        onChange={setLanguage}
        placeholder={text.models.anyLanguage}
        start={<Icon of={Languages} />}
      />
      <Select
        label={text.downloads.goodForFilter}
        value={purpose}
        options={[{ value: any, label: text.downloads.anyPurpose }, ...purposes]}
        onChange={setPurpose}
        placeholder={text.downloads.anyPurpose}
        start={<Icon of={Tag} />}
      />
    </>
  );
}

/** What is not in the catalogue. */
function SourceForm() {
  const text = useText();
  const [source, setSource] = useState("");
  const { begin, start } = useBegin();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!start.isPending) begin(source.trim(), () => setSource(""));
  };
  return (
    <form onSubmit={submit} className="flex max-w-form flex-col gap-3">
      {start.isError ? <ProblemNotice heading={text.downloads.notBegun} problem={start.error} /> : null}
      <TextField
        label={text.downloads.sourceLabel}
        help={text.downloads.sourceHelp}
        dir="ltr"
        autoComplete="off"
        spellCheck={false}
        maxLength={2000}
        value={source}
        onChange={(event) => setSource(event.target.value)}
      />
      <Button type="submit" className="self-start" disabled={source.trim() === "" || start.isPending}>
        {start.isPending ? text.downloads.asking : text.downloads.fetch}
      </Button>
    </form>
  );
}
