import { Languages } from "lucide-react";
import { useRef, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Empty } from "../../../ui/empty.tsx";
import { useLanguage, useText } from "../../../ui/i18n/language-provider.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { Notice, ProblemNotice } from "../../../ui/notice.tsx";
import { PageTop } from "../../../ui/page-top.tsx";
import { Select } from "../../../ui/select.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { useToast } from "../../../ui/toast.tsx";
import { DownloadRows } from "../../downloads/web/download-rows.tsx";
import { ProviderRows } from "../../providers/web/provider-rows.tsx";
import { useMe } from "../../users/web/use-me.ts";
import type { Model } from "../contract.ts";
import { AddModel } from "./add-model.tsx";
import { DeleteModelDialog } from "./delete-model-dialog.tsx";
import type { ModelActions } from "./model-actions.ts";
import { ModelRow } from "./model-row.tsx";
import { useChooseDefault, useLoadModel, useModels, useRemovePlace, useRestorePlace } from "./use-models.ts";

const anyLanguage = "any";

/** Rows, not tiles: what is here, what it knows, whether it fits, how it is; below them the ways to another one. */
export function ModelsPage() {
  const text = useText();
  const isAdmin = useMe().role !== "member";
  const isAllHere = (useModels().data?.items ?? []).every(({ madeBy }) => madeBy === "here");
  const adding = useRef<HTMLHeadingElement>(null);
  const goToAdding = () => {
    adding.current?.scrollIntoView();
    adding.current?.focus();
  };
  return (
    <>
      <PageTop title={text.models.title} isTitleQuiet />
      <div className="min-h-0 grow overflow-y-auto">
        <div className="flex max-w-page flex-col gap-6 px-4 pt-2 pb-12 sm:px-8">
          <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
            <div className="flex min-w-0 grow basis-64 flex-col gap-1">
              <h2 className="text-title font-semibold">{text.models.title}</h2>
              <p className="text-text-2">{isAllHere ? text.models.sentence : text.models.sentenceMixed}</p>
            </div>
            {isAdmin ? (
              <Button look="primary" onClick={goToAdding}>
                {text.models.add}
              </Button>
            ) : null}
          </header>
          <ModelList isAdmin={isAdmin} />
          {isAdmin ? <DownloadRows /> : null}
          {isAdmin ? <ProviderRows /> : null}
          {isAdmin ? (
            <section className="flex flex-col gap-3">
              <h2 ref={adding} tabIndex={-1} className="text-section font-semibold">
                {text.models.add}
              </h2>
              <AddHere />
            </section>
          ) : null}
        </div>
      </div>
    </>
  );
}

function AddHere() {
  const { text, format } = useLanguage();
  const showToast = useToast();
  return (
    <AddModel
      onAdded={(models) =>
        showToast({ sentence: text.models.added({ name: format.list(models.map(({ name }) => name)) }) })
      }
    />
  );
}

function ModelList({ isAdmin }: { isAdmin: boolean }) {
  const text = useText();
  const models = useModels();
  const { actions, problem, pendingLoad, deleted, keep } = useModelActions();
  const [language, setLanguage] = useState(anyLanguage);
  if (models.isPending) return <Skeleton rows={3} rowClasses="h-12" />;
  if (models.data === undefined) {
    return <ProblemNotice heading={text.models.failed} problem={models.error} onRetry={() => void models.refetch()} />;
  }
  const { items, missingDefault } = models.data;
  const again = <Button onClick={() => void models.refetch()}>{text.models.refresh}</Button>;
  if (items.length === 0) return <Empty sentence={text.models.empty} action={again} />;
  const known = [...new Set(items.flatMap((model) => model.languages))];
  const shown = known.includes(language) ? items.filter((model) => model.languages.includes(language)) : items;
  return (
    <>
      {problem === null ? null : <ProblemNotice problem={problem} />}
      {missingDefault === null || !isAdmin ? null : (
        <Notice tone="warning">
          <p>{text.models.missingDefault({ id: missingDefault })}</p>
        </Notice>
      )}
      {items.length > 1 && known.length > 1 ? (
        <LanguageFilter languages={known} chosen={language} onChoose={setLanguage} />
      ) : null}
      <ul className="flex flex-col border-t border-border lg:grid lg:models-columns">
        {shown.map((model) => (
          <ModelRow
            key={model.id}
            model={model}
            actions={isAdmin ? actions : null}
            isLoadPending={pendingLoad === model.id}
          />
        ))}
      </ul>
      <DeleteModelDialog model={deleted} onClose={keep} />
    </>
  );
}

function useModelActions() {
  const text = useText();
  const showToast = useToast();
  const load = useLoadModel();
  const choose = useChooseDefault();
  const stop = useRemovePlace();
  const restore = useRestorePlace();
  const [deleted, setDeleted] = useState<Model | null>(null);
  const done = (sentence: string) => ({ onSuccess: () => showToast({ sentence }) });
  const actions: ModelActions = {
    load: (model) => load.mutate(model.id),
    makeDefault: (model) => choose.mutate(model.id, done(text.models.defaultChosen({ name: model.name }))),
    stopUsing: (_model, placeId) =>
      stop.mutate(placeId, {
        onSuccess: () => showToast({ sentence: text.models.stoppedUsing, undo: () => restore.mutate(placeId) }),
      }),
    remove: setDeleted,
  };
  return {
    actions,
    problem: load.error ?? choose.error ?? stop.error ?? restore.error,
    pendingLoad: load.isPending ? load.variables : null,
    deleted,
    keep: () => setDeleted(null),
  };
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
