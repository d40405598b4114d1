import { Languages } from "lucide-react";
import { useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Empty } from "../../../ui/empty.tsx";
import { useLanguage, useText } from "../../../ui/i18n/language-provider.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { PageTop } from "../../../ui/page-top.tsx";
import { Select } from "../../../ui/select.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { useMe } from "../../users/web/use-me.ts";
import { ModelRow } from "./model-row.tsx";
import { useLoadModel, useModels } from "./use-models.ts";

const anyLanguage = "any";

/** Rows, not tiles: what is here, what it knows, whether it fits, how it is. */
export function ModelsPage() {
  const text = useText();
  return (
    <>
      <PageTop title={text.models.title} isTitleQuiet />
      <div className="min-h-0 grow overflow-y-auto">
        <div className="flex max-w-page flex-col gap-6 px-4 pt-2 pb-12 sm:px-8">
          <header className="flex flex-col gap-1">
            <h2 className="text-title font-semibold">{text.models.title}</h2>
            <p className="text-text-2">{text.models.sentence}</p>
          </header>
          <ModelList />
        </div>
      </div>
    </>
  );
}

function ModelList() {
  const text = useText();
  const models = useModels();
  const load = useLoadModel();
  const { role } = useMe();
  const [language, setLanguage] = useState(anyLanguage);
  if (models.isPending) return <Skeleton rows={3} rowClasses="h-12" />;
  if (models.data === undefined) {
    return <ProblemNotice heading={text.models.failed} problem={models.error} onRetry={() => void models.refetch()} />;
  }
  const again = <Button onClick={() => void models.refetch()}>{text.models.refresh}</Button>;
  if (models.data.items.length === 0) return <Empty sentence={text.models.empty} action={again} />;
  const items = models.data.items;
  const known = [...new Set(items.flatMap((model) => model.languages))];
  const shown = known.includes(language) ? items.filter((model) => model.languages.includes(language)) : items;
  return (
    <>
      {load.isError ? <ProblemNotice problem={load.error} /> : null}
      {items.length > 1 && known.length > 1 ? (
        <LanguageFilter languages={known} chosen={language} onChoose={setLanguage} />
      ) : null}
      <ul className="flex flex-col border-t border-border">
        {shown.map((model) => (
          <ModelRow
            key={model.id}
            model={model}
            onLoad={role === "member" ? null : () => load.mutate(model.id)}
            isLoadPending={load.isPending && load.variables === model.id}
          />
        ))}
      </ul>
    </>
  );
}

interface FilterProps {
  readonly languages: readonly string[];
  readonly chosen: string;
  readonly onChoose: (language: string) => void;
}

/** Which models know a language. */
function LanguageFilter({ languages, chosen, onChoose }: FilterProps) {
  const { text, language, format } = useLanguage();
  const options = languages
    .map((code) => ({ value: code, label: format.languageName(code) }))
    .toSorted((one, other) => one.label.localeCompare(other.label, language));
  return (
    <div className="-mb-4 -ms-2 flex">
      <Select
        label={text.models.filterByLanguage}
        value={chosen}
        options={[{ value: anyLanguage, label: text.models.anyLanguage }, ...options]}
        onChange={onChoose}
        placeholder={text.models.anyLanguage}
        start={<Icon of={Languages} />}
      />
    </div>
  );
}
